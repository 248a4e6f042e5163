// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

import (
	"bytes"
	"strings"
)

// A Head is a request line and header, checked, with what they say about framing and persistence already worked out. Its strings share one allocation, with those
// of heads that arrived with it: shareMax bytes at most, or its own; or with those of the head before, if that was the same.
type Head struct {
	Method string
	Target string // as sent
	// Authority and Path are the parts of Target: Path is "" for the authority form (CONNECT) and "*" for the asterisk form; Query has no '?'.
	Authority, Path, Query string
	Host                   string // the Host header, or Authority if the target has one; "" is possible in HTTP/1.0 only
	Fields                 Lines

	Length    int64 // Content-Length, -1 if there is none
	Minor     uint8 // 0 or 1, of HTTP/1.x
	Chunked   bool
	KeepAlive bool // the peer wants the connection to persist
	Continue  bool // Expect: 100-continue
	// Protocol is that of an extended CONNECT over HTTP/2 (RFC 8441), else "".
	Protocol string
}

// A Parser finds the end of a request head and takes in every line as soon as it is complete, so that no byte is looked at again when more bytes come. The zero
// Parser has the default limits.
type Parser struct {
	Limits *Limits // without zero fields; nil means the defaults

	text string // the front of the input, if it was made a string together with the head before
	last string // the head before, if it is short: a client that asks for the same again sends the same

	start  int     // where the head begins: after an empty line
	line   int     // where the line under way begins
	scan   int     // how far the line under way was searched for its end
	lines  int     // lines complete so far, the request line included
	method int     // the length of the method
	first  int     // the length of the request line, without CRLF
	says   framing // what the lines so far say about the message
}

var defaults = Limits{}.WithDefaults()

// Begun reports whether a part of a head has been seen by Parse.
func (p *Parser) Begun() bool { return p.scan > 0 }

// Parse reads one head from the front of b, which begins with the same bytes as in the call before if that asked for more. It fills h and returns the number of bytes of
// the head. 0 and nil mean that b holds no complete head yet. The errors are of type *Error, and final.
func (p *Parser) Parse(b []byte, h *Head) (int, error) {
	if p.Limits == nil {
		p.Limits = &defaults
	}
	if n := len(p.last); n > 0 && p.scan == 0 && p.text == "" && len(b) >= n && string(b[:n]) == p.last {
		return n, p.fill(p.last[:n-2], h) // all else that is known of that head is still here
	}
	for {
		for p.lines > 0 && p.scan == p.line && p.field(b) {
		}
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
			if err := p.take(line); err != nil {
				return 0, err
			}
			p.lines++
		case p.lines > 0:
			err := p.fill(p.share(b, end)[p.start:end-2], h)
			p.start, p.line, p.scan, p.lines = 0, 0, 0, 0
			return end, err
		case p.start > 0:
			return 0, errEmptyLines
		default:
			p.start = end // RFC 9112 section 2.2: some clients end a body with an extra CRLF
		}
	}
}

// shareMax is how much input is made a string at once: a Head that is kept keeps that much.
const shareMax = 2048

// keepMax is the length of a head that is kept to compare the next one with: what an idle connection holds for that.
const keepMax = 512

// share returns the first end bytes of b, a complete head. What follows a head without a body is made a string with it, since it holds the next heads.
func (p *Parser) share(b []byte, end int) string {
	body := p.says.chunked || p.says.length > 0
	if len(p.text) < end {
		if p.last == string(b[:end]) {
			p.text = "" // it was the front of this one
			return p.last
		}
		n := end
		if !body {
			n = max(end, min(len(b), shareMax))
		}
		p.text = string(b[:n])
	}
	s := p.text[:end]
	if p.last = ""; len(p.text) <= keepMax && p.start == 0 {
		p.last = s
	}
	if p.text = p.text[end:]; p.text == "" || body {
		p.text = "" // an empty part would keep the whole
	}
	return s
}

// field takes in the line that begins at p.line if it is there as a whole and nothing is wrong with it, with one look at each byte. Else it does nothing: the line is left
// to the search for its end, and to take.
func (p *Parser) field(b []byte) bool {
	i := p.line
	for i < len(b) && classes[b[i]]&classToken != 0 {
		i++
	}
	colon := i - p.line
	if colon == 0 || i == len(b) || b[i] != ':' {
		return false
	}
	i = valueEnd(b, i+1)
	if len(b) < i+2 || b[i] != '\r' || b[i+1] != '\n' || p.lines > p.Limits.Fields || p.tooLong(i+2) != nil {
		return false
	}
	p.says.note(b[p.line:i], colon, p.line-p.start)
	p.line, p.scan = i+2, i+2
	p.lines++
	return true
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

// take checks one line, and notes what it says.
func (p *Parser) take(line []byte) error {
	if p.lines == 0 {
		m, err := checkRequestLine(line)
		p.method, p.first = m, len(line)
		p.says = framing{length: -1, minor: line[len(line)-1] - '0'}
		return err
	}
	if p.lines > p.Limits.Fields {
		return errFields
	}
	colon, err := checkField(line)
	if err != nil {
		return err
	}
	p.says.note(line, colon, p.line-2-len(line)-p.start)
	return nil
}

// checkField returns where the colon is.
func checkField(line []byte) (colon int, err error) {
	if line[0] == ' ' || line[0] == '\t' {
		return 0, errFold
	}
	for colon < len(line) && classes[line[colon]]&classToken != 0 {
		colon++
	}
	switch {
	case colon == len(line):
		return 0, errNoColon
	case line[colon] != ':' || colon == 0:
		return 0, errName
	}
	if !isValue(line[colon+1:]) {
		return 0, errValue
	}
	return colon, nil
}

// checkRequestLine returns the length of the method.
func checkRequestLine(line []byte) (method int, err error) {
	m := 0
	if len(line) > 4 && string(line[:4]) == "GET " {
		m = 3
	} else if m = bytes.IndexByte(line, ' '); m < 0 {
		return 0, errRequestLine
	} else if m == 0 || !all(line[:m], classToken) {
		return 0, errMethod
	}
	line = line[m+1:]
	t := 0
	for t < len(line) && classes[line[t]]&classTarget != 0 {
		t++
	}
	if t == 0 || t == len(line) || line[t] != ' ' { // the common case passes with one look at each byte
		if t = bytes.IndexByte(line, ' '); t <= 0 {
			return 0, errRequestLine
		}
		return 0, errTarget
	}
	v := line[t+1:]
	switch {
	case string(v) == "HTTP/1.1", string(v) == "HTTP/1.0":
		return m, nil
	case len(v) == 8 && string(v[:5]) == "HTTP/" && isDigit(v[5]) && v[6] == '.' && isDigit(v[7]):
		return 0, errUnsupported
	}
	return 0, errVersion
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// fill sets h from s, the head without the empty line, and from what its lines say.
func (p *Parser) fill(s string, h *Head) error {
	f := &p.says
	h.Method, h.Target, h.Host, h.Fields = s[:p.method], s[p.method+1:p.first-9], s[f.host:f.host+f.hostLen], Lines(s[p.first+2:])
	h.Authority, h.Path, h.Query = "", "", ""
	h.Length, h.Minor, h.Chunked, h.KeepAlive, h.Continue = f.length, f.minor, f.chunked, f.minor == 1 || f.keep, f.expects
	if err := h.splitTarget(); err != nil {
		return err
	}
	return f.finish(h)
}

// splitTarget sets Authority, Path and Query by the four forms of RFC 9112 section 3.2.
func (h *Head) splitTarget() error {
	t := h.Target
	switch {
	case h.Method == "CONNECT":
		if h.Authority = t; !ValidHost(t) || strings.LastIndexByte(t, ':') <= strings.LastIndexByte(t, ']') {
			return errTarget
		}
		return nil
	case t[0] == '/':
	case t == "*":
		h.Path = t
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
	h.Path = t
	if i := strings.IndexByte(t, '?'); i >= 0 {
		h.Path, h.Query = t[:i], t[i+1:]
	}
	if h.Path == "" {
		h.Path = "/"
	}
	return nil
}
