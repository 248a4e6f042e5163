// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package collect

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/trial/result"
)

// A death is why a process ended, as far as its output tells:
//
//	panic: boom                       fatal error: concurrent map writes
//	goroutine 7 [running]:            exit status 3
//	...                               signal: killed
//
// A line such as the first may be one that a test prints. It counts if stacks follow.
type death struct {
	text    output // from that line on
	first   string // that line
	of      *test  // whose output it is
	stacks  bool
	exit    string // "exit status 3", "signal: killed"
	setup   bool   // [setup failed] or [build failed]
	timeout bool
	listing bool     // of tests that ran when time was out
	running []string // that list
}

// line takes a line of the output of a test, or of none, and reports whether it is part of how the process died.
func (d *death) line(line string, t *test) bool {
	text := strings.TrimRight(line, "\r\n")
	switch {
	case strings.HasPrefix(text, "panic: "), strings.HasPrefix(text, "fatal error: "), strings.HasPrefix(text, "SIGQUIT: "), strings.HasPrefix(text, "unexpected fault address"),
		strings.HasPrefix(text, "runtime: goroutine stack exceeds"):
		if d.stacks {
			break
		}
		*d = death{text: output{half: 64 << 10}, first: text, of: t}
		d.timeout = strings.HasPrefix(text, "panic: test timed out after ")
	case strings.HasPrefix(text, "exit status "), strings.HasPrefix(text, "signal: "), strings.HasPrefix(text, "*** Test killed"):
		if t == nil || len(text) < 40 {
			d.exit = text
		}
		return false
	case strings.HasPrefix(text, "FAIL\t"):
		d.setup = strings.HasSuffix(text, " [setup failed]") || strings.HasSuffix(text, " [build failed]")
		return false
	case d.first == "":
		return false
	case strings.HasPrefix(text, "goroutine ") && strings.HasSuffix(text, ":"):
		d.stacks, d.listing = true, false
	case d.timeout && !d.stacks && strings.TrimSpace(text) == "running tests:":
		d.listing = true
	case d.listing && strings.HasPrefix(text, "\t"):
		name := strings.TrimSpace(text)
		if i := strings.LastIndex(name, " ("); i > 0 {
			name = name[:i]
		}
		d.running = append(d.running, name)
	}
	d.text.write([]byte(line))
	return true
}

// real reports whether the process did end so. A process that dies in two ways at once may not get to its stacks; 2 is the status that the runtime ends it with.
func (d *death) real() bool { return d.first != "" && (d.stacks || d.exit == "exit status 2") }

// brief tells why in a line.
func (d *death) brief(reason string) string {
	switch {
	case d.timeout:
		return strings.TrimPrefix(d.first, "panic: ")
	case d.real():
		return d.first
	case reason != "":
		return reason
	case strings.HasPrefix(d.exit, "exit status "):
		return "the process ended with " + d.exit + ", without a panic: os.Exit, or log.Fatal, was called"
	case d.exit == "signal: killed":
		return "signal: killed: the process was ended from outside, by the system for want of memory perhaps"
	case d.exit != "":
		return d.exit
	}
	return "the process ended by itself, without a panic: os.Exit, or log.Fatal, was called"
}

// problem is that of the test that the process died of, or of a package.
func (d *death) problem(reason, dir string) result.Problem {
	p := result.Problem{Error: true, Text: d.brief(reason)}
	if d.real() {
		text := strings.TrimRight(d.text.text(), "\n")
		if d.timeout {
			text = p.Text + strings.TrimPrefix(text, d.first)
		}
		p.Text = text
		p.File, p.Line = frame(text, dir)
	}
	return p
}

// frame returns the place of the first stack that is in dir, or if there is none, outside of Go itself.
func frame(text, dir string) (file string, line int) {
	for s := range strings.Lines(text) {
		if !strings.HasPrefix(s, "\t/") && !(len(s) > 3 && s[0] == '\t' && s[2] == ':') {
			continue
		}
		place, _, _ := strings.Cut(strings.TrimSpace(s), " ")
		i := strings.LastIndexByte(place, ':')
		if i < 0 {
			continue
		}
		n, err := strconv.Atoi(place[i+1:])
		if err != nil {
			continue
		}
		switch {
		case dir != "" && strings.HasPrefix(place, dir+"/"):
			return place[:i], n
		case file == "" && !strings.Contains(place, "/src/runtime/") && !strings.Contains(place, "/src/testing/") && !strings.Contains(place, "/src/internal/"):
			file, line = place[:i], n
		}
	}
	return file, line
}

// finish ends what has not ended: the tests that the process died of, those that ran beside them, and those that waited.
func (s *Stream) finish(reason string) {
	if s.ended {
		return
	}
	s.ended = true
	delete(s.c.live, s)
	if reason == "" {
		reason = s.c.reason
	}
	if len(s.line) > 0 {
		s.whole(nil, string(s.line))
		s.line = nil
	}
	if s.death.real() {
		for _, t := range s.held {
			t.died = true
		}
		s.held = nil
	} else {
		s.forget()
		s.release()
	}
	if len(s.order) > 0 {
		s.c.died[s.pkg.Path] = true
	}
	open := append([]*test(nil), s.order...)
	inner := map[*test]bool{}
	for _, t := range open {
		inner[t] = !s.leaf(t)
	}
	culprits := s.culprits(open)
	brief := s.death.brief(reason)
	for i := len(open) - 1; i >= 0; i-- { // subtests before those they belong to
		t := open[i]
		if len(t.line) > 0 {
			s.whole(t, string(t.line))
		}
		s.remove(t)
		switch {
		case t.late, s.c.stopped && s.c.reason == "" && !s.death.real():
			continue
		case culprits[t]:
			p := s.death.problem(reason, s.pkg.dir)
			if !t.died && !s.death.real() {
				p.Text = strings.Replace(p.Text, brief, brief+" (while "+t.res.Name+" ran)", 1)
			}
			t.died = true
			t.tell(p)
		case inner[t]:
			t.died = true // what is inside of it tells why
		case t.paused:
			t.died = true
			t.tell(result.Problem{Error: true, Text: "it waited for other tests to end when the process ended: " + brief})
		default:
			t.died = true
			t.tell(result.Problem{Error: true, Text: "it ran when the process ended: " + brief + blame(culprits)})
		}
		s.pkg.failed = true
		elapsed := t.res.Elapsed
		if elapsed == 0 {
			elapsed = s.c.cfg.Now().Sub(t.res.Started)
		}
		s.fail(t, elapsed)
	}
	if (s.pkg.failed || reason != "") && s.pkg.bad == 0 && len(s.pkg.Problems) == 0 && s.pkg.Outcome != result.Errored && !s.c.stopped {
		p := s.death.problem(reason, s.pkg.dir)
		s.c.died[s.pkg.Path] = true
		s.c.problem(s.pkg, p)
	}
}

// culprits returns the tests that the process died of: those it says ran out of time, the one that panicked, the one that ran alone, or those that the stack of the panic names.
func (s *Stream) culprits(open []*test) map[*test]bool {
	found := map[*test]bool{}
	d := &s.death
	var leaves []*test
	for _, t := range open {
		if t.died && s.leaf(t) {
			found[t] = true
		}
		if s.leaf(t) && !t.paused && !t.late {
			leaves = append(leaves, t)
		}
	}
	if len(found) > 0 {
		return found
	}
	for _, name := range d.running {
		if t := s.tests[name]; t != nil && s.leaf(t) {
			found[t] = true
		}
	}
	if len(found) > 0 {
		return found
	}
	if len(leaves) <= 1 || !d.real() {
		for _, t := range leaves {
			found[t] = true // any of them
		}
		return found
	}
	_, stack, _ := strings.Cut(d.text.text(), "\ngoroutine ") // the first is that which panicked
	stack, _, _ = strings.Cut(stack, "\n\n")
	for _, t := range leaves {
		top, _, _ := strings.Cut(t.res.Name, "/")
		for _, end := range []string{"(", ".", " "} { // TestA(...), TestA.func1(...), created by p.TestA in goroutine 3
			if strings.Contains(stack, "."+top+end) {
				found[t] = true
			}
		}
	}
	if len(found) == 0 && d.of != nil && s.tests[d.of.res.Name] == d.of && s.leaf(d.of) {
		found[d.of] = true
	}
	if len(found) == 0 {
		for _, t := range leaves {
			found[t] = true
		}
	}
	return found
}

// blame names the tests.
func blame(culprits map[*test]bool) string {
	if len(culprits) != 1 {
		return ""
	}
	for t := range culprits {
		return fmt.Sprintf(" (in %s)", t.res.Name)
	}
	return ""
}
