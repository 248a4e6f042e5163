// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlpush

import (
	"bytes"
	"strings"
)

// A Parser turns fed bytes into events. Its zero value is ready for use. Set Limits before the first Feed.
type Parser struct {
	Limits Limits

	buf     []byte
	scanned int  // how far the token at the start of buf was searched for its end
	quote   byte // open there
	line    int
	col     int
	begun   bool
	rooted  bool // the root element has begun
	open    []element
	pending *Event // the end of an empty-element tag
	err     error
}

// element is an open element.
type element struct {
	name   Name
	spaces map[string]string // the prefixes that it declares
}

// Feed adds input. b is copied.
func (p *Parser) Feed(b []byte) {
	if p.err == nil {
		p.buf = append(p.buf, b...)
	}
}

// Depth returns the number of open elements.
func (p *Parser) Depth() int { return len(p.open) }

// Next returns the next event. ok is false if more input is needed, or after an error, which is final and a *SyntaxError.
func (p *Parser) Next() (ev Event, ok bool, err error) {
	for p.err == nil {
		if p.pending != nil {
			ev, p.pending = *p.pending, nil
			return ev, true, nil
		}
		ev, n, state := p.token()
		switch state {
		case starved:
			return Event{}, false, p.err
		case given:
			p.skip(n)
			return ev, true, nil
		case dropped:
			p.skip(n)
		}
	}
	return Event{}, false, p.err
}

// Close tells that the input has ended and returns an error if the document has not.
func (p *Parser) Close() error {
	switch {
	case p.err != nil:
	case len(p.open) > 0:
		p.fail("the input ends inside <" + p.open[len(p.open)-1].name.String() + ">")
	case len(bytes.TrimSpace(p.buf)) > 0:
		p.fail("the input ends inside markup")
	case !p.rooted:
		p.fail("no element")
	}
	return p.err
}

type state uint8

const (
	starved state = iota
	given
	dropped
)

// fail makes msg the final error, at the start of the present token.
func (p *Parser) fail(msg string) {
	if p.err == nil {
		p.err = &SyntaxError{max(p.line, 1), max(p.col, 1), msg}
		p.buf = nil
	}
}

// skip consumes n bytes.
func (p *Parser) skip(n int) {
	for _, c := range p.buf[:n] {
		if c == '\n' {
			p.line++
			p.col = 1
		} else {
			p.col++
		}
	}
	p.buf = p.buf[n:]
	p.scanned, p.quote = 0, 0
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// begin deals with what may stand before everything.
func (p *Parser) begin() bool {
	p.Limits, p.line, p.col = p.Limits.withDefaults(), 1, 1
	if len(p.buf) < 3 && bytes.HasPrefix(byteOrderMark, p.buf) {
		return false
	}
	p.buf = bytes.TrimPrefix(p.buf, byteOrderMark)
	p.begun = true
	return true
}

// token finds the next token, n bytes long.
func (p *Parser) token() (ev Event, n int, s state) {
	if !p.begun && !p.begin() || len(p.buf) == 0 {
		return Event{}, 0, starved
	}
	ev.Line, ev.Col = p.line, p.col
	if p.buf[0] != '<' {
		return p.text(ev)
	}
	for _, m := range []struct{ open, close string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}, {"<!DOCTYPE", ""}} {
		if len(p.buf) < len(m.open) && strings.HasPrefix(m.open, string(p.buf)) && (len(p.buf) > 1 || m.open[1] == '!') {
			return ev, 0, starved
		}
		if !bytes.HasPrefix(p.buf, []byte(m.open)) {
			continue
		}
		if m.close == "" {
			return p.doctype(ev)
		}
		window := p.window()
		from := min(max(p.scanned-len(m.close), len(m.open)), len(window))
		i := bytes.Index(window[from:], []byte(m.close))
		if i < 0 {
			p.scanned = len(window)
			p.tooLong()
			return ev, 0, starved
		}
		data := string(p.buf[len(m.open) : from+i])
		if !p.valid(data) {
			return ev, 0, starved
		}
		return p.special(ev, m.open, newlines(data), from+i+len(m.close))
	}
	end := p.tagEnd()
	if end < 0 {
		p.tooLong()
		return ev, 0, starved
	}
	return p.tag(ev, string(p.buf[:end]), end+1)
}

// window is what of the input the present token may take.
func (p *Parser) window() []byte { return p.buf[:min(len(p.buf), p.Limits.Token)] }

// tooLong fails if a token whose end was not found fills the window.
func (p *Parser) tooLong() {
	if len(p.buf) >= p.Limits.Token {
		p.fail("markup is too long")
	}
}

// special makes the event of a comment, a CDATA section or a processing instruction.
func (p *Parser) special(ev Event, open, data string, n int) (Event, int, state) {
	ev.Data = data
	switch open {
	case "<!--":
		ev.Kind = Comment
		if strings.Contains(data, "--") || strings.HasSuffix(data, "-") {
			p.fail("-- in a comment")
		}
	case "<![CDATA[":
		ev.Kind = CDATA
		if len(p.open) == 0 {
			p.fail("text outside of the root element")
		}
	default:
		ev.Kind = ProcInst
		target, rest, _ := strings.Cut(data, " ")
		ev.Name.Local, ev.Data = target, strings.TrimLeft(rest, " \t\n")
		switch {
		case target == "xml" && (p.line > 1 || p.col > 1):
			p.fail("the XML declaration is not at the beginning")
		case target == "xml":
			p.declaration(rest)
		case !isName(target) || strings.EqualFold(target, "xml"):
			p.fail("a processing instruction without a target")
		}
	}
	return ev, n, p.unless()
}

func (p *Parser) unless() state {
	if p.err != nil {
		return starved
	}
	return given
}

// declaration checks that the encoding is ours.
func (p *Parser) declaration(s string) {
	_, after, found := strings.Cut(s, "encoding")
	if !found {
		return
	}
	after = strings.TrimLeft(strings.TrimLeft(after, " \t\n"), "= \t\n")
	if after == "" || after[0] != '"' && after[0] != '\'' {
		p.fail("malformed XML declaration")
		return
	}
	switch name, _, _ := strings.Cut(after[1:], after[:1]); strings.ToLower(name) {
	case "utf-8", "us-ascii", "ascii":
	default:
		p.fail("the encoding is not UTF-8")
	}
}

// doctype passes a document type declaration over, if there are no declarations in it.
func (p *Parser) doctype(ev Event) (Event, int, state) {
	window := p.window()
	for i := max(p.scanned, len("<!DOCTYPE")); i < len(window); i++ {
		switch c := p.buf[i]; {
		case p.quote != 0:
			if c == p.quote {
				p.quote = 0
			}
		case c == '"' || c == '\'':
			p.quote = c
		case c == '[':
			p.fail("declarations in the document type are not supported")
			return ev, 0, starved
		case c == '<':
			p.fail("< in the document type")
			return ev, 0, starved
		case c == '>':
			ev.Kind, ev.Data = Doctype, newlines(string(p.buf[len("<!DOCTYPE"):i]))
			if p.rooted || !p.valid(ev.Data) {
				p.fail("the document type is not at the beginning")
			}
			return ev, i + 1, p.unless()
		}
		p.scanned = i + 1
	}
	p.tooLong()
	return ev, 0, starved
}

// tagEnd returns where the > of the tag is, or -1.
func (p *Parser) tagEnd() int {
	window := p.window()
	for i := max(p.scanned, 1); i < len(window); i++ {
		switch c := p.buf[i]; {
		case p.quote != 0:
			if c == p.quote {
				p.quote = 0
			}
		case c == '"' || c == '\'':
			p.quote = c
		case c == '>':
			return i
		case c == '<':
			p.fail("< in a tag")
			return -1
		}
		p.scanned = i + 1
	}
	return -1
}
