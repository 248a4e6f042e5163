// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package collect

import (
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/trial/internal/marker"
	"github.com/torsion-go/torsion/trial/internal/testjson"
	"github.com/torsion-go/torsion/trial/result"
)

// A Stream is one process of one package.
type Stream struct {
	c      *Collector
	pkg    *pkg
	worker int
	single bool             // it is for one test, and was begun before the run was stopped
	tests  map[string]*test // those that have not ended
	order  []*test          // the same, in the order in which they started
	line   []byte           // the beginning of a line outside of tests
	death  death
	held   []*test // that failed last: if the process dies next, then of them
	cached bool
	ended  bool
}

const maxLine = 16 << 10 // what is longer is no line that means something

// Event takes an event of the process, and reports whether it was the last one.
func (s *Stream) Event(ev testjson.Event) bool {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	return s.event(ev)
}

// End says that the process has ended without an event that says so, for a reason.
func (s *Stream) End(reason string) {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	s.finish(reason)
}

func (s *Stream) event(ev testjson.Event) (last bool) {
	if s.ended {
		return false
	}
	switch ev.Action {
	case testjson.Output, testjson.Fail:
	default:
		s.forget()
		s.release()
	}
	switch ev.Action {
	case testjson.Run:
		s.start(ev)
	case testjson.Pause:
		if t := s.tests[ev.Test]; t != nil {
			t.paused = true
		}
	case testjson.Cont:
		if t := s.tests[ev.Test]; t != nil {
			t.paused = false
		}
	case testjson.Output:
		s.output(ev)
	case testjson.Attr:
		s.attr(ev)
	case testjson.Pass, testjson.Fail, testjson.Skip, testjson.Bench:
		if ev.Test != "" {
			s.stop(ev)
			return false
		}
		s.close(ev)
		return true
	}
	return false
}

func (s *Stream) start(ev testjson.Event) {
	if old := s.tests[ev.Test]; old != nil { // -count=2 or -cpu=1,2, after a run without an end
		s.remove(old)
		s.pass(old, old.res.Elapsed)
	}
	started := ev.Time
	if started.IsZero() {
		started = s.c.cfg.Now()
		s.cached = true // the stream of an earlier run has no times
	}
	t := &test{stream: s, res: &result.Test{ID: result.ID{Package: s.pkg.Path, Name: ev.Test}, Started: started, Worker: s.worker}, late: s.c.stopped && !s.single}
	t.out.half = s.c.cfg.Output
	s.tests[ev.Test] = t
	s.order = append(s.order, t)
	if p := s.parent(ev.Test); p != nil {
		p.subs = true
		t.late = t.late || p.late
	}
	if !t.late {
		s.c.started(t.res)
	}
}

// parent returns the test of which name is a subtest.
func (s *Stream) parent(name string) *test {
	for {
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return nil
		}
		name = name[:i]
		if t := s.tests[name]; t != nil {
			return t
		}
	}
}

// leaf reports whether no subtest of t runs.
func (s *Stream) leaf(t *test) bool {
	for name := range s.tests {
		if strings.HasPrefix(name, t.res.Name+"/") {
			return false
		}
	}
	return true
}

func (s *Stream) remove(t *test) {
	delete(s.tests, t.res.Name)
	for i, other := range s.order {
		if other == t {
			s.order = append(s.order[:i], s.order[i+1:]...)
			return
		}
	}
}

func (s *Stream) output(ev testjson.Event) {
	t := s.tests[ev.Test]
	buf := &s.line
	if t != nil {
		buf = &t.line
	}
	if len(*buf) > 0 && t != nil && testjson.IsFrame(ev.Output, t.res.Name) { // after a line without an end
		half := string(*buf)
		*buf = (*buf)[:0]
		s.whole(t, half)
	}
	*buf = append(*buf, ev.Output...)
	if !strings.HasSuffix(ev.Output, "\n") && len(*buf) < maxLine {
		return
	}
	line := string(*buf)
	*buf = (*buf)[:0]
	s.whole(t, line)
}

// whole takes a line of the output of a test, or of none.
func (s *Stream) whole(t *test, line string) {
	if s.death.line(line, t) {
		return
	}
	if len(s.held) > 0 && s.death.first == "" && !strings.HasPrefix(strings.TrimLeft(line, " "), "--- ") {
		s.release()
	}
	if t == nil {
		s.outside(line)
		return
	}
	if testjson.IsFrame(line, t.res.Name) {
		return
	}
	t.out.write([]byte(line))
	if e := t.add(line); e != nil {
		t.tellNow(e)
	}
}

// outside takes a line that is in no test.
func (s *Stream) outside(line string) {
	text := strings.TrimRight(line, "\r\n")
	switch {
	case text == s.death.exit && text != "":
	case text == "PASS", text == "FAIL", strings.HasPrefix(text, "FAIL\t"), strings.HasPrefix(text, "=== NAME"):
	case strings.HasPrefix(text, "ok  \t"):
		if strings.Contains(text, "\t(cached)") {
			s.cached = true
		}
		if strings.Contains(text, "[no tests to run]") {
			s.pkg.NoTests = true
		}
		s.coverage(text)
	case strings.HasPrefix(text, "?   \t"):
		s.pkg.NoTests = true
	case text == "testing: warning: no tests to run":
		s.pkg.NoTests = true
	case strings.HasPrefix(text, "coverage: "), strings.HasPrefix(text, "\t"+s.pkg.Path+"\t\tcoverage: "):
		s.coverage(text)
	case strings.HasPrefix(text, "-test.shuffle "):
		if n, err := strconv.ParseInt(text[len("-test.shuffle "):], 10, 64); err == nil && s.c.run != nil && !s.c.run.Shuffled {
			s.c.run.Shuffled, s.c.run.Seed = true, n
		}
	default:
		s.pkg.out.write([]byte(line))
	}
}

// coverage reads "coverage: 12.3% of statements".
func (s *Stream) coverage(text string) {
	_, text, ok := strings.Cut(text, "coverage: ")
	if !ok {
		return
	}
	percent, _, ok := strings.Cut(text, "%")
	if f, err := strconv.ParseFloat(percent, 64); ok && err == nil {
		s.pkg.Coverage = f
	}
}

func (s *Stream) attr(ev testjson.Event) {
	t := s.tests[ev.Test]
	if t == nil {
		return
	}
	switch ev.Key {
	case marker.Todo:
		t.todo = true
		t.res.Reason = ev.Value
	case marker.Outcome:
		t.outcome = ev.Value
	case marker.Reason:
		t.res.Reason = ev.Value
	case marker.Error:
		if len(t.marks) < maxEntries {
			t.marks = append(t.marks, ev.Value)
		}
	case marker.Warning:
		t.warning(ev.Value)
	}
}

// stop takes the end of a test.
func (s *Stream) stop(ev testjson.Event) {
	t := s.tests[ev.Test]
	if t == nil {
		return
	}
	if len(t.line) > 0 {
		s.whole(t, string(t.line))
		t.line = nil
	}
	elapsed := time.Duration(ev.Elapsed * float64(time.Second))
	if ev.Action == testjson.Fail {
		t.res.Elapsed = elapsed
		s.held = append(s.held, t)
		return
	}
	s.remove(t)
	switch ev.Action {
	case testjson.Skip:
		s.skip(t, elapsed)
	default:
		s.pass(t, elapsed)
	}
}

// forget takes back what looked like the death of the process, which goes on: it was output.
func (s *Stream) forget() {
	d := &s.death
	if d.first == "" {
		return
	}
	if t := d.of; t != nil && s.tests[t.res.Name] == t {
		for line := range strings.Lines(d.text.text()) {
			t.out.write([]byte(line))
			if e := t.add(line); e != nil {
				t.tellNow(e)
			}
		}
	} else {
		s.pkg.out.write([]byte(d.text.text()))
	}
	*d = death{setup: d.setup, exit: d.exit}
}

// release ends the tests that were held, since the process goes on.
func (s *Stream) release() {
	if len(s.held) == 0 {
		return
	}
	held := s.held
	s.held = nil
	for _, t := range held {
		s.remove(t)
		s.fail(t, t.res.Elapsed)
	}
}

// close takes the end of the process.
func (s *Stream) close(ev testjson.Event) {
	s.pkg.Elapsed += time.Duration(ev.Elapsed * float64(time.Second))
	if len(s.line) > 0 {
		s.whole(nil, string(s.line))
		s.line = nil
	}
	switch ev.Action {
	case testjson.Fail:
		s.pkg.failed = true
		if ev.FailedBuild != "" || s.death.setup {
			o := s.c.build(ev.FailedBuild)
			if o.empty() {
				o = &s.pkg.out
			}
			s.c.buildFailed(s.pkg, o)
		}
		s.finish("")
	case testjson.Skip:
		s.pkg.NoTests = true
		s.pkg.Outcome = result.Skipped
		s.finish("")
	default:
		// What has no end in a package that passed is a benchmark, or its output went astray.
		for len(s.order) > 0 {
			t := s.order[len(s.order)-1]
			s.remove(t)
			s.pass(t, s.c.cfg.Now().Sub(t.res.Started))
		}
		s.finish("")
	}
	if s.cached {
		s.pkg.Cached = true
	}
}
