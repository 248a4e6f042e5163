// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

import (
	"bytes"
	"strings"
)

// A Field is one header line: its name as it was sent, and its value without white space around it.
type Field struct{ Name, Value string }

// A Head is a request line and header, checked, with what they say about framing and persistence already worked out. Its strings share one allocation.
type Head struct {
	Method string
	Target string // as sent
	// Authority and Path are the parts of Target: Path is "" for the authority form (CONNECT) and "*" for the asterisk form; Query has no '?'.
	Authority, Path, Query string
	Host                   string // the Host header, or Authority if the target has one; "" is possible in HTTP/1.0 only
	Minor                  int    // 0 or 1, of HTTP/1.x
	Fields                 []Field

	Length    int64 // Content-Length, -1 if there is none
	Chunked   bool
	KeepAlive bool // the peer wants the connection to persist
	Continue  bool // Expect: 100-continue
}

// A Parser finds the end of a request head and checks every line as soon as it is complete. The zero Parser has the default limits.
type Parser struct {
	Limits Limits

	start int  // where the head begins: after an empty line
	line  int  // where the line under way begins
	scan  int  // how far the line under way was searched for its end
	lines int  // lines complete so far, the request line included
	ready bool // Limits have been filled in
}

// Begun reports whether a part of a head has been seen by Parse.
func (p *Parser) Begun() bool { return p.scan > 0 }

// Parse reads one head from the front of b, which begins with the same bytes as in the call before if that asked for more. It fills h, whose Fields it reuses, and
// returns the number of bytes of the head. 0 and nil mean that b holds no complete head yet. The errors are of type *Error, and final.
func (p *Parser) Parse(b []byte, h *Head) (int, error) {
	if !p.ready {
		p.Limits, p.ready = p.Limits.WithDefaults(), true
	}
	for {
		i := bytes.IndexByte(b[p.scan:], '\n')
		end := len(b)
		if i >= 0 {
			end = p.scan + i + 1
		}
		if err := p.tooLong(end); err != nil {
			return 0, err
		}
		if i < 0 {
			p.scan = len(b)
			return 0, nil
		}
		if end < p.line+2 || b[end-2] != '\r' {
			return 0, errBareLF
		}
		line := b[p.line : end-2]
		p.line, p.scan = end, end
		switch {
		case len(line) > 0:
			if err := p.check(line); err != nil {
				return 0, err
			}
			p.lines++
		case p.lines > 0:
			start := p.start
			p.start, p.line, p.scan, p.lines = 0, 0, 0, 0
			return end, h.fill(string(b[start:end]))
		case p.start > 0:
			return 0, errEmptyLines
		default:
			p.start = end // RFC 9112 section 2.2: some clients end a body with an extra CRLF
		}
	}
}

// tooLong tells whether a limit has been passed when the line under way reaches to end: of the two, the one passed first, so that the split does not matter.
func (p *Parser) tooLong(end int) error {
	line, err := p.Limits.RequestLine, errLineLong
	if p.lines > 0 {
		line, err = p.Limits.Field, errFieldLong
	}
	line += p.line + 2
	if head := p.start + p.Limits.Head; head < line {
		line, err = head, errHeadLong
	}
	if end > line {
		return err
	}
	return nil
}

func (p *Parser) check(line []byte) error {
	if p.lines == 0 {
		return checkRequestLine(line)
	}
	if p.lines > p.Limits.Fields {
		return errFields
	}
	return checkField(line)
}

func checkField(line []byte) error {
	if line[0] == ' ' || line[0] == '\t' {
		return errFold
	}
	colon := 0
	for classes[line[colon]]&classToken != 0 {
		if colon++; colon == len(line) {
			return errNoColon
		}
	}
	if line[colon] != ':' || colon == 0 {
		return errName
	}
	if !all(line[colon+1:], classValue) {
		return errValue
	}
	return nil
}

func checkRequestLine(line []byte) error {
	m := bytes.IndexByte(line, ' ')
	if m < 0 {
		return errRequestLine
	}
	if m == 0 || !all(line[:m], classToken) {
		return errMethod
	}
	line = line[m+1:]
	t := bytes.IndexByte(line, ' ')
	if t <= 0 {
		return errRequestLine
	}
	if !all(line[:t], classTarget) {
		return errTarget
	}
	v := line[t+1:]
	switch {
	case string(v) == "HTTP/1.1", string(v) == "HTTP/1.0":
		return nil
	case len(v) == 8 && string(v[:5]) == "HTTP/" && isDigit(v[5]) && v[6] == '.' && isDigit(v[7]):
		return errUnsupported
	}
	return errVersion
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// fill takes s apart: a head whose lines are known to be well-formed.
func (h *Head) fill(s string) error {
	m := strings.IndexByte(s, ' ')
	e := strings.IndexByte(s, '\r')
	*h = Head{Method: s[:m], Target: s[m+1 : e-9], Minor: int(s[e-1] - '0'), Fields: h.Fields[:0], Length: -1}
	h.KeepAlive = h.Minor == 1
	if err := h.splitTarget(); err != nil {
		return err
	}
	var f framing
	for s = s[e+2:]; len(s) > 2; s = s[e+2:] {
		e = strings.IndexByte(s, '\r')
		colon := strings.IndexByte(s, ':')
		field := Field{s[:colon], Trim(s[colon+1 : e])}
		h.Fields = append(h.Fields, field)
		if err := f.note(h, field); err != nil {
			return err
		}
	}
	return f.finish(h)
}

// splitTarget sets Authority, Path and Query by the four forms of RFC 9112 section 3.2.
func (h *Head) splitTarget() error {
	t := h.Target
	switch {
	case t[0] == '/':
	case t == "*":
		h.Path = t
		return nil
	case h.Method == "CONNECT":
		if h.Authority = t; !ValidHost(t) || strings.LastIndexByte(t, ':') <= strings.LastIndexByte(t, ']') {
			return errTarget
		}
		return nil
	default:
		scheme, rest, ok := strings.Cut(t, "://")
		if !ok || !EqualFold(scheme, "http") && !EqualFold(scheme, "https") {
			return errTarget
		}
		if i := strings.IndexAny(rest, "/?"); i >= 0 {
			h.Authority, t = rest[:i], rest[i:]
		} else {
			h.Authority, t = rest, ""
		}
		if !ValidHost(h.Authority) {
			return errTarget
		}
	}
	h.Path, h.Query, _ = strings.Cut(t, "?")
	if h.Path == "" {
		h.Path = "/"
	}
	return nil
}
