// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package testjson

import (
	"bytes"
	"iter"
	"strconv"
	"strings"
	"time"
)

// A Framer reads what a test binary writes with -test.v=test2json, where each line of package testing begins with the byte 0x16, anywhere in a line:
//
//	half a line of the test\x16=== RUN   TestA
//	\x16--- PASS: TestA (0.00s)
//
// The rest is output of the test that such a line named last. What go test -json tells in addition, by its clock, is up to the caller: see Now and Exited.
type Framer struct {
	Package string
	Now     func() time.Time // stamps the events; nil leaves the time zero

	limits  Limits
	buf     []byte
	at      int
	mid     bool // a piece of the line that begins at at was told
	closed  bool
	test    string  // whose output it is
	events  []Event // told before more is read
	ends    []Event // of tests, which are told when the next frame shows that their output is complete
	started time.Time
}

const frame = 0x16

// NewFramer returns a Framer of the binary of a package.
func NewFramer(pkg string, now func() time.Time, limits Limits) *Framer {
	f := &Framer{Package: pkg, Now: now, limits: limits}
	f.started = f.now()
	f.add(Event{Action: Start})
	return f
}

func (f *Framer) now() time.Time {
	if f.Now == nil {
		return time.Time{}
	}
	return f.Now()
}

func (f *Framer) add(ev Event) {
	ev.Package = f.Package
	ev.Time = f.now()
	f.events = append(f.events, ev)
}

// Feed adds b, which is copied.
func (f *Framer) Feed(b []byte) {
	if f.at > 0 {
		f.buf = f.buf[:copy(f.buf, f.buf[f.at:])]
		f.at = 0
	}
	f.buf = append(f.buf, b...)
}

// Exited says that the process ended: well, or with the words for how it did not, as "exit status 2".
func (f *Framer) Exited(failure string) {
	f.closed = true
	for f.step() {
	}
	f.flush(0)
	f.test = ""
	action := Pass
	if failure != "" {
		action = Fail
		if failure != "exit status 1" { // which says what the frames said
			f.add(Event{Action: Output, Output: failure + "\n"})
		}
	}
	f.add(Event{Action: action, Elapsed: f.now().Sub(f.started).Seconds()})
}

// Next returns the next event; false if it needs more bytes.
func (f *Framer) Next() (Event, bool) {
	for len(f.events) == 0 {
		if !f.step() {
			return Event{}, false
		}
	}
	ev := f.events[0]
	f.events = f.events[1:]
	return ev, true
}

// Events ranges over what Next returns.
func (f *Framer) Events() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			ev, ok := f.Next()
			if !ok || !yield(ev) {
				return
			}
		}
	}
}

// step reads one line, or the part of it before a frame; false if there is none.
func (f *Framer) step() bool {
	rest := f.buf[f.at:]
	if len(rest) == 0 {
		return false
	}
	n := bytes.IndexByte(rest, '\n') + 1
	if i := bytes.IndexByte(rest[1:], frame) + 1; i > 0 && (n == 0 || i < n) {
		n = i
	}
	whole := n > 0
	switch {
	case n == 0 && f.closed:
		n = len(rest)
		whole = true
	case n == 0 && len(rest) <= f.limits.line():
		return false
	}
	if n == 0 || n > f.limits.line() {
		n, whole = f.limits.line(), false
	}
	line := rest[:n]
	f.at += n
	if f.mid && line[0] != frame || !whole {
		f.output(string(line))
	} else {
		f.line(line)
	}
	f.mid = !whole
	return true
}

func (f *Framer) output(s string) {
	f.add(Event{Action: Output, Test: f.test, Output: s})
}

// line reads a line that begins where lines begin.
func (f *Framer) line(b []byte) {
	if b[0] != frame {
		f.output(string(b))
		return
	}
	s := string(b[1:])
	text := strings.TrimRight(s, "\r\n")
	if text == "PASS" || text == "FAIL" {
		f.flush(0)
		f.test = ""
		f.output(s)
		return
	}
	if action, rest, ok := update(text); ok {
		f.update(action, rest, s)
		return
	}
	trimmed := strings.TrimLeft(text, " ")
	if action, name, elapsed, ok := report(trimmed); ok {
		indent := (len(text) - len(trimmed)) / 4
		f.flush(indent)
		f.test = name
		f.ends = append(f.ends, Event{Action: action, Test: name, Elapsed: elapsed})
		f.output(s)
		return
	}
	f.output(s)
}

// update reads "=== RUN   TestA".
func update(s string) (action, rest string, ok bool) {
	s, ok = strings.CutPrefix(s, "=== ")
	if !ok {
		return "", "", false
	}
	action, rest, _ = strings.Cut(s, " ")
	switch action {
	case "RUN", "PAUSE", "CONT", "NAME", "ATTR", "ARTIFACTS":
		return strings.ToLower(action), strings.TrimLeft(rest, " "), true
	}
	return "", "", false
}

func (f *Framer) update(action, rest, line string) {
	f.flush(0)
	ev := Event{Action: action, Test: rest}
	switch action {
	case Attr:
		ev.Test, rest, _ = strings.Cut(rest, " ")
		ev.Key, ev.Value, _ = strings.Cut(rest, " ")
	case Artifacts:
		ev.Test, ev.Path, _ = strings.Cut(rest, " ")
	}
	f.test = ev.Test
	if action == "name" {
		return
	}
	if action == Pause {
		f.output(line)
		f.add(ev)
		return
	}
	f.add(ev)
	f.output(line)
}

// report reads "--- PASS: TestA (0.00s)".
func report(s string) (action, name string, elapsed float64, ok bool) {
	s, ok = strings.CutPrefix(s, "--- ")
	if !ok {
		return "", "", 0, false
	}
	action, name, ok = strings.Cut(s, ": ")
	switch action {
	case "PASS", "FAIL", "SKIP", "BENCH":
		action = strings.ToLower(action)
	default:
		return "", "", 0, false
	}
	if i := strings.LastIndex(name, " ("); i >= 0 && strings.HasSuffix(name, "s)") {
		if t, err := strconv.ParseFloat(name[i+2:len(name)-2], 64); err == nil {
			name, elapsed = name[:i], t
		}
	}
	return action, name, elapsed, ok
}

// flush tells the ends of tests that are at depth or deeper.
func (f *Framer) flush(depth int) {
	for len(f.ends) > depth {
		last := f.ends[len(f.ends)-1]
		f.ends = f.ends[:len(f.ends)-1]
		f.add(last)
	}
}

// IsFrame reports whether a whole line of output, as go test -json tells it, is one that package testing adds for test.
func IsFrame(line, test string) bool {
	s := strings.TrimLeft(strings.TrimRight(line, "\r\n"), " ")
	if len(s) < 5 {
		return false
	}
	if action, rest, ok := update(s); ok {
		switch action {
		case Attr, Artifacts:
			rest, _, _ = strings.Cut(rest, " ")
		}
		return rest == test
	}
	_, name, _, ok := report(s)
	return ok && name == test
}
