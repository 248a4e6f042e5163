// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgienv

import (
	"bytes"
	"errors"
	"strings"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// Bounds of a header block and their defaults.
const (
	DefaultMaxHeader = 64 << 10 // bytes
	maxFields        = 200
)

// The errors of a header block.
var (
	ErrHeaderLong  = errors.New("the header block is too long")
	ErrFields      = errors.New("the header block has too many fields")
	ErrStatus      = errors.New("the status is not one of 200 to 599")
	ErrNoHeader    = errors.New("the output ended before its header block")
	ErrEmptyHeader = errors.New("the header block has no field")
)

// A Header is what a program says before the body of its answer.
type Header struct {
	Status   int // 0 if there was none
	Phrase   string
	Location string // of a block without a status; else it is among the Fields
	Fields   []Var  // in their order, duplicates kept, without Status, Server, Date and what frames a message
	Skipped  int    // malformed lines that were left out
	First    string // the first of them
}

// A Parser reads a header block. Lines end with CRLF or LF; or all of them with CR, if the first does. Max bounds the block in bytes; 0 means DefaultMaxHeader.
type Parser struct {
	Max    int
	Header Header

	buf    []byte
	size   int // bytes that were consumed
	lines  int
	onlyCR bool
	done   bool
}

// Parse takes the next piece of input and returns what of it belongs to the body, with done set, once the block has ended.
func (p *Parser) Parse(in []byte) (body []byte, done bool, err error) {
	limit := p.Max
	if limit <= 0 {
		limit = DefaultMaxHeader
	}
	p.buf = append(p.buf, in...) // no more than one piece beyond the limit
	for {
		line, n, ok := p.line()
		if p.size+n > limit || !ok && p.size+len(p.buf) > limit {
			return nil, false, ErrHeaderLong
		}
		if !ok {
			return nil, false, nil
		}
		p.size += n
		rest := p.buf[n:]
		if len(line) > 0 {
			if err := p.field(line); err != nil {
				return nil, false, err
			}
			p.buf = rest
			continue
		}
		p.buf = nil
		p.done = true
		return rest, true, p.check()
	}
}

// End tells that the input is over. It fails unless the block was complete.
func (p *Parser) End() error {
	if p.done {
		return p.check()
	}
	return ErrNoHeader
}

// line finds the next line of the buffer: its text and its length with its end.
func (p *Parser) line() (line []byte, n int, ok bool) {
	b := p.buf
	if p.onlyCR {
		i := bytes.IndexByte(b, '\r')
		return b[:max(i, 0)], i + 1, i >= 0
	}
	lf := bytes.IndexByte(b, '\n')
	if p.lines == 0 {
		head := b
		if lf >= 0 {
			head = b[:lf]
		}
		// A CR that no LF follows, in the first line, is the end of it; at the very end of the input nobody knows yet.
		if cr := bytes.IndexByte(head, '\r'); cr >= 0 && cr+1 < len(b) && cr+1 != lf {
			p.onlyCR = true
			return b[:cr], cr + 1, true
		}
	}
	switch {
	case lf > 0 && b[lf-1] == '\r':
		return b[:lf-1], lf + 1, true
	case lf >= 0:
		return b[:lf], lf + 1, true
	}
	return nil, 0, false
}

// field takes one line in.
func (p *Parser) field(line []byte) error {
	p.lines++
	s := string(line)
	if p.lines == 1 {
		if rest, ok := strings.CutPrefix(s, "HTTP/"); ok { // what scripts that parse no headers begin with
			_, status, _ := strings.Cut(rest, " ")
			return p.status(status)
		}
	}
	name, value, ok := strings.Cut(s, ":")
	value = h1.Trim(value)
	if !ok || !h1.IsToken(name) || !h1.IsFieldValue(value) {
		if p.Header.Skipped++; p.Header.Skipped == 1 {
			p.Header.First = s[:min(len(s), 100)]
		}
		return nil
	}
	switch strings.ToLower(name) {
	case "status":
		return p.status(value)
	case "location":
		if p.Header.Location == "" {
			p.Header.Location = value
		}
		return nil
	case "server", "date", "connection", "keep-alive", "transfer-encoding", "trailer", "upgrade":
		return nil // the server's own business
	}
	if len(p.Header.Fields) >= maxFields {
		return ErrFields
	}
	p.Header.Fields = append(p.Header.Fields, Var{name, value})
	return nil
}

// status takes "404 Not Found" in. Of several the first counts.
func (p *Parser) status(v string) error {
	if p.Header.Status != 0 {
		return nil
	}
	code, phrase, _ := strings.Cut(v, " ")
	if len(code) != 3 {
		return ErrStatus
	}
	n := 0
	for i := range 3 {
		if code[i] < '0' || code[i] > '9' {
			return ErrStatus
		}
		n = n*10 + int(code[i]-'0')
	}
	if n < 200 || n > 599 {
		return ErrStatus
	}
	p.Header.Status, p.Header.Phrase = n, h1.Trim(phrase)
	return nil
}

// check ends the block.
func (p *Parser) check() error {
	h := &p.Header
	if h.Status == 0 && h.Location == "" && len(h.Fields) == 0 {
		return ErrEmptyHeader
	}
	if h.Status != 0 && h.Location != "" {
		h.Fields = append(h.Fields, Var{"Location", h.Location})
		h.Location = ""
	}
	return nil
}
