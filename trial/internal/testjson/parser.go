// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package testjson

import (
	"bytes"
	"iter"
)

// Limits bound what a Parser or Framer holds.
type Limits struct {
	Line int // bytes of one line; a longer one is told in pieces; zero means 256 KiB
}

func (l Limits) line() int {
	if l.Line <= 0 {
		return 256 << 10
	}
	return l.Line
}

// A Parser turns the output of go test -json into events.
type Parser struct {
	limits Limits
	buf    []byte
	at     int  // what is before it was told
	mid    bool // the line that begins at at goes on from a piece that was told
	closed bool
	names  map[string]string // of packages and tests, which come again and again
}

// NewParser returns a Parser that was fed nothing yet.
func NewParser(limits Limits) *Parser {
	return &Parser{limits: limits, names: map[string]string{}}
}

// Feed adds b, which is copied. What Feed was given should be taken by Next before more is fed.
func (p *Parser) Feed(b []byte) {
	if p.at > 0 {
		p.buf = p.buf[:copy(p.buf, p.buf[p.at:])]
		p.at = 0
	}
	p.buf = append(p.buf, b...)
}

// Close says that no more will be fed, so that what is left is a line too.
func (p *Parser) Close() { p.closed = true }

// Next returns the next event; false if it needs more bytes.
func (p *Parser) Next() (Event, bool) {
	rest := p.buf[p.at:]
	n := bytes.IndexByte(rest, '\n') + 1
	switch {
	case n == 0 && len(rest) > p.limits.line():
		return p.piece(rest[:p.limits.line()], true), true
	case n == 0 && p.closed && len(rest) > 0:
		n = len(rest)
	case n == 0:
		return Event{}, false
	}
	line := rest[:n]
	if n > p.limits.line() {
		return p.piece(line[:p.limits.line()], true), true
	}
	if !p.mid {
		p.at += n
		return p.line(line), true
	}
	return p.piece(line, false), true
}

// piece tells a part of a line that is too long, or the end of one.
func (p *Parser) piece(b []byte, more bool) Event {
	p.at += len(b)
	p.mid = more
	return Event{Output: string(b)}
}

// line tells a whole line.
func (p *Parser) line(line []byte) Event {
	if ev, ok := p.decode(line); ok {
		return ev
	}
	// A program that go test runs may print without an end of line before an event: the event counts.
	if i := bytes.Index(line[1:], []byte(`{"Time":"`)) + 1; i > 0 {
		if _, ok := p.decode(line[i:]); ok {
			p.at -= len(line) - i
			return Event{Output: string(line[:i])}
		}
	}
	return Event{Output: string(line)}
}

// Events ranges over what Next returns. A break leaves the rest for later.
func (p *Parser) Events() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			ev, ok := p.Next()
			if !ok || !yield(ev) {
				return
			}
		}
	}
}

// intern returns a string that is shared with earlier events.
func (p *Parser) intern(s []byte) string {
	if old, ok := p.names[string(s)]; ok {
		return old
	}
	if len(p.names) >= 1<<12 { // they come in runs: forgetting now and then costs little
		clear(p.names)
	}
	name := string(s)
	p.names[name] = name
	return name
}
