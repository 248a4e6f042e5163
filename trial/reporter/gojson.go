// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/torsion-go/torsion/trial/internal/marker"
	"github.com/torsion-go/torsion/trial/result"
)

// maxEvent is how many bytes of output one event has, as with test2json: readers have limits for lines.
const maxEvent = 4096

// jsonReporter writes the events of go test -json, so that what reads those (gotestsum, IDEs, and trial itself) reads ours. What they have no word for are attributes.
type jsonReporter struct {
	out
	o       Options
	run     *result.Run
	started map[string]bool // packages that have their event "start"
}

// goEvent is an event as go doc test2json describes it.
type goEvent struct {
	ImportPath  string    `json:",omitempty"`
	Time        time.Time `json:",omitzero"`
	Action      string
	Package     string   `json:",omitempty"`
	Test        string   `json:",omitempty"`
	Key         string   `json:",omitempty"`
	Value       string   `json:",omitempty"`
	Elapsed     *float64 `json:",omitempty"`
	Output      string   `json:",omitempty"`
	FailedBuild string   `json:",omitempty"`
}

func newJSON(o Options) (Reporter, error) { return &jsonReporter{out: out{w: o.Writer}, o: o}, nil }

func (r *jsonReporter) Begin(run *result.Run) {
	r.run, r.started = run, map[string]bool{}
}

func (r *jsonReporter) Problem(*result.Test, result.Problem) {}

// events collects what is written at once.
type events struct {
	b    strings.Builder
	at   time.Time
	pkg  string
	test string
}

func (e *events) add(ev goEvent) {
	if ev.ImportPath == "" {
		ev.Time, ev.Package, ev.Test = e.at.UTC(), e.pkg, e.test
	}
	line, err := json.Marshal(ev)
	if err != nil {
		panic(err) // strings and numbers
	}
	e.b.Write(append(line, '\n'))
}

func (e *events) output(s string) {
	for l := range strings.Lines(s) {
		for len(l) > 0 {
			head, _ := cutRunes(l, min(maxEvent, len(l)), len(l))
			e.add(goEvent{Action: "output", Output: head})
			l = l[len(head):]
		}
	}
}

func (e *events) attr(key, value string) {
	if value != "" {
		e.add(goEvent{Action: "attr", Key: key, Value: name(valid(value))})
	}
}

func (e *events) end(action string, d time.Duration) {
	s := float64(d.Milliseconds()) / 1000
	e.add(goEvent{Action: action, Elapsed: &s})
}

func (r *jsonReporter) begin(pkg, test string, at time.Time) *events {
	if at.IsZero() {
		at = r.o.Now()
	}
	e := &events{at: at, pkg: name(pkg)}
	if r.started == nil {
		r.started = map[string]bool{}
	}
	if !r.started[pkg] {
		r.started[pkg] = true
		e.add(goEvent{Action: "start"})
		if seed := seedOf(r.run); seed != "" {
			e.output("-test.shuffle " + seed + "\n")
		}
	}
	e.test = name(test)
	return e
}

func (r *jsonReporter) StartTest(t *result.Test) {
	e := r.begin(t.Package, t.Name, t.Started)
	e.add(goEvent{Action: "run"})
	e.output("=== RUN   " + e.test + "\n")
	r.print(e.b.String())
}

func (r *jsonReporter) StopTest(t *result.Test) {
	e := r.begin(t.Package, t.Name, ended(t, r.o.Now))
	for _, p := range t.Problems {
		if t.Flaky() {
			break // earlier attempts had them
		}
		if p.Error {
			e.attr(marker.Error, firstLine(p.Text))
		}
		e.output(indented(p))
	}
	out := bound(string(t.Output), maxMachine, t.Omitted)
	if out != "" && !strings.HasSuffix(out, "\n") {
		out += "\n" // what follows begins a line
	}
	e.output(out)
	switch t.Outcome {
	case result.Skipped:
		e.attr(marker.Reason, t.Reason)
	case result.ExpectedFailure:
		e.attr(marker.Todo, t.Reason)
		e.attr(marker.Outcome, "todo")
	case result.UnexpectedSuccess:
		e.attr(marker.Todo, t.Reason)
		e.attr(marker.Outcome, "unexpected-success")
	case result.Errored, result.Running:
		e.attr(marker.Outcome, "error")
	}
	for _, w := range warnings(t) {
		b, _ := json.Marshal(w)
		e.attr(marker.Warning, string(b))
	}
	e.close(t.Outcome, t.Name, t.Elapsed)
	r.print(e.b.String())
}

// close ends a test as package testing does.
func (e *events) close(o result.Outcome, test string, d time.Duration) {
	word, action := "FAIL", "fail"
	switch o {
	case result.Passed, result.UnexpectedSuccess:
		word, action = "PASS", "pass"
	case result.Skipped, result.ExpectedFailure:
		word, action = "SKIP", "skip"
	}
	e.output(fmt.Sprintf("%s--- %s: %s (%.2fs)\n", strings.Repeat("    ", min(strings.Count(test, "/"), 20)), word, e.test, d.Seconds()))
	e.end(action, d)
}

// indented is a problem as package testing prints it: the place is what tells it from output.
func indented(p result.Problem) string {
	if p.File == "" {
		if _, stack := splitStack(p.Text); len(stack) > 0 {
			p.File, p.Line = stack[0].file, stack[0].line
		}
	}
	text := strings.TrimRight(position(p.File, p.Line)+p.Text, "\n")
	text = bound(text, maxMachine, 0)
	return "    " + strings.ReplaceAll(text, "\n", "\n        ") + "\n"
}

func (r *jsonReporter) StopPackage(p *result.Package) {
	e := r.begin(p.Path, "", r.o.Now())
	bad := p.Outcome.Bad() || len(p.Problems) > 0
	note := fmt.Sprintf("%.3fs", p.Elapsed.Seconds())
	end := goEvent{Action: "pass"}
	build := len(p.Build) > 0 && bad
	switch {
	case build:
		for l := range strings.Lines(bound(string(p.Build), maxMachine, 0)) {
			e.add(goEvent{ImportPath: e.pkg, Action: "build-output", Output: strings.TrimRight(l, "\n") + "\n"})
		}
		e.add(goEvent{ImportPath: e.pkg, Action: "build-fail"})
		e.output("FAIL\t" + e.pkg + " [build failed]\n")
		end = goEvent{Action: "fail", FailedBuild: e.pkg}
	case bad:
		for _, one := range p.Problems {
			e.output(strings.TrimRight(position(one.File, one.Line)+bound(one.Text, maxMachine, 0), "\n") + "\n")
		}
		e.output(bound(string(p.Output), maxMachine, 0))
		e.output("FAIL\nFAIL\t" + e.pkg + "\t" + note + "\n")
		end.Action = "fail"
	case p.NoTests:
		e.output("?   \t" + e.pkg + "\t[no test files]\n")
		end.Action = "skip"
	default:
		if p.Cached {
			note = "(cached)"
		}
		if p.Coverage > 0 {
			note += fmt.Sprintf("\tcoverage: %.1f%% of statements", p.Coverage)
		}
		e.output(bound(string(p.Output), maxMachine, 0))
		e.output("PASS\nok  \t" + e.pkg + "\t" + note + "\n")
	}
	s := float64(p.Elapsed.Milliseconds()) / 1000
	end.Elapsed = &s
	e.add(end)
	delete(r.started, p.Path)
	r.print(e.b.String())
}

func (r *jsonReporter) Done(*result.Summary) error { return r.err }
