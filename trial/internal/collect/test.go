// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package collect

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/torsion-go/torsion/trial/result"
)

// A test is one that has not ended.
type test struct {
	stream  *Stream
	res     *result.Test
	out     output
	line    []byte // the beginning of a line
	entries []*entry
	open    *entry // the one to which more lines may belong
	last    *entry
	more    int // entries that were too many
	marks   []string
	outcome string // by marker
	todo    bool
	paused  bool
	subs    bool
	subBad  bool // a subtest failed
	late    bool // it is not reported
	died    bool // the process died of it, or while it ran
}

// tell adds a problem, and tells the reporter.
func (t *test) tell(p result.Problem) {
	t.res.Problems = append(t.res.Problems, p)
	if !t.late {
		t.stream.c.rep.Problem(t.res, p)
	}
}

// tellNow tells an entry that is a failure for certain, or an error that was marked, while the test goes on.
func (t *test) tellNow(e *entry) {
	if t.todo || e.told || e.kind == logged {
		return
	}
	if e.kind == failure || e.error {
		e.told = true
		t.tell(e.problem())
	}
}

func (t *test) warning(value string) {
	if len(t.res.Warnings) >= maxEntries {
		return
	}
	var w result.Warning
	if json.Unmarshal([]byte(value), &w) != nil {
		w = result.Warning{Category: "Warning", Text: value}
	}
	for _, old := range t.res.Warnings {
		if old == w {
			return
		}
	}
	t.res.Warnings = append(t.res.Warnings, w)
}

// end closes what is open and reports the test.
func (s *Stream) end(t *test, o result.Outcome, elapsed time.Duration) {
	t.res.Outcome = o
	t.res.Elapsed = max(elapsed, 0)
	t.res.Cached = s.cached
	t.res.Output, t.res.Omitted = t.out.bytes()
	for _, e := range t.entries {
		if e.told {
			t.res.Output = e.cut(t.res.Output)
		}
	}
	t.entries, t.open, t.last, t.out = nil, nil, nil, output{}
	if t.late {
		return
	}
	if o.Bad() {
		s.pkg.bad++
		if p := s.parent(t.res.Name); p != nil {
			p.subBad = true
		}
	}
	s.c.ended(t.res)
}

func (s *Stream) pass(t *test, elapsed time.Duration) {
	o := result.Passed
	if t.outcome == "unexpected-success" {
		o = result.UnexpectedSuccess
	}
	s.end(t, o, elapsed)
}

func (s *Stream) skip(t *test, elapsed time.Duration) {
	if t.outcome == "todo" {
		for _, e := range t.entries {
			if p := e.problem(); !strings.HasPrefix(p.Text, "todo: ") {
				p.Error = e.error || t.marked(e)
				t.res.Problems = append(t.res.Problems, p)
				e.told = true
			}
		}
		s.end(t, result.ExpectedFailure, elapsed)
		return
	}
	if t.res.Reason == "" && t.last != nil {
		t.res.Reason = strings.TrimSpace(t.last.text.String())
	}
	s.end(t, result.Skipped, elapsed)
}

// fail makes problems of what was logged, and ends the test.
func (s *Stream) fail(t *test, elapsed time.Duration) {
	errors := t.died || t.outcome == "error"
	for _, e := range t.entries {
		if e.told {
			errors = errors || e.error
			continue
		}
		e.error = e.error || t.marked(e)
		race := strings.HasPrefix(e.text.String(), "race detected during execution of test")
		if e.kind == unknown && !e.error && !race && (t.outcome == "error" || t.died) {
			continue // something it logged
		}
		e.error = e.error || race
		errors = errors || e.error
		e.told = true
		t.tell(e.problem())
	}
	if t.more > 0 {
		t.tell(result.Problem{Error: errors, Text: count(int64(t.more), "more message") + " of the test, which are too many to be kept"})
	}
	if len(t.res.Problems) == 0 && !t.subBad && !t.died {
		t.tell(result.Problem{Error: errors, Text: t.silent()})
	}
	o := result.Failed
	if errors {
		o = result.Errored
	}
	s.end(t, o, elapsed)
}

// silent is the problem of a test that failed without a message. Examples print theirs.
func (t *test) silent() string {
	all, _ := t.out.bytes()
	if strings.HasPrefix(t.res.Name, "Example") && strings.HasPrefix(string(all), "got:\n") {
		t.out = output{}
		return strings.TrimSpace(string(all))
	}
	return "it failed without a message"
}
