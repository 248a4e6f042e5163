// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse

import (
	"bytes"
	"cmp"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

// maxID bounds an id, which goes into the head of a request: one of more bytes is passed over.
const maxID = 4096

var (
	bom   = []byte("\uFEFF")
	colon = []byte(":")
)

// A Parser reads the events of a stream that comes in pieces. It does no I/O. The zero Parser is ready for use.
//
//	p.Feed(piece)
//	for {
//		e, ok, err := p.Next()
//		...
//	}
type Parser struct {
	// MaxEvent bounds the bytes of an event as it is sent, comments aside, and of a line; 0 means 1 MiB. Beyond it Next returns ErrTooLarge, for good.
	MaxEvent int

	buf     []byte // what Next has not read; the last line of it may go on
	seen    int    // bytes of buf without a line break
	begun   bool   // there is no BOM any more
	skip    bool   // a LF that comes next belongs to a CR
	size    int    // bytes of the event under way
	err     error
	name    string
	data    []byte
	hasData bool
	retry   time.Duration // of the event under way
	id      string        // of the lines so far
	lastID  string        // of the events so far
	wait    time.Duration
}

// Feed adds input, of which it keeps a copy. Call Next until it has no more, and feed again.
func (p *Parser) Feed(b []byte) {
	if p.err == nil {
		p.buf = append(p.buf, b...)
	}
}

// Next returns the next event. Without ok and an error it needs more input. The event's ID is [Parser.LastEventID]: it stands until another one comes. Its Retry is what came with it. What follows the
// last empty line is no event when the stream ends.
func (p *Parser) Next() (e Event, ok bool, err error) {
	limit := cmp.Or(max(p.MaxEvent, 0), 1<<20)
	for p.err == nil {
		line, ok := p.line()
		if p.size+len(line) > limit || !ok && p.size+len(p.buf) > limit {
			p.err, p.buf = ErrTooLarge, nil
			break
		}
		switch {
		case !ok:
			return Event{}, false, nil
		case len(line) > 0:
			if line[0] != ':' { // a comment is no part of an event, and nothing of it is kept
				p.size += len(line)
			}
			p.field(line)
		default:
			if e, ok := p.dispatch(); ok {
				return e, true, nil
			}
		}
	}
	return Event{}, false, p.err
}

// LastEventID returns the id of the last event that was complete, or "".
func (p *Parser) LastEventID() string { return p.lastID }

// Retry returns how long the server has asked clients to wait before they come back, if it has.
func (p *Parser) Retry() (d time.Duration, ok bool) { return p.wait, p.wait > 0 }

// Reset makes the Parser ready for another connection. The last event's id, and what the server has said about coming back, stay.
func (p *Parser) Reset() {
	*p = Parser{MaxEvent: p.MaxEvent, buf: p.buf[:0], data: p.data[:0], id: p.lastID, lastID: p.lastID, wait: p.wait}
}

// line takes a line off the input, without its end: CRLF, CR or LF. A CR ends a line at once, whatever follows: an event is not held up.
func (p *Parser) line() ([]byte, bool) {
	if p.skip && len(p.buf) > 0 {
		p.skip = false
		if p.buf[0] == '\n' {
			p.buf = p.buf[1:]
		}
	}
	if !p.begun {
		if len(p.buf) < len(bom) && bytes.HasPrefix(bom, p.buf) {
			return nil, false
		}
		p.begun = true
		p.buf = bytes.TrimPrefix(p.buf, bom)
	}
	i := bytes.IndexAny(p.buf[p.seen:], "\r\n")
	if i < 0 {
		p.seen = len(p.buf)
		return nil, false
	}
	i += p.seen
	line := p.buf[:i]
	p.skip = p.buf[i] == '\r'
	p.buf, p.seen = p.buf[i+1:], 0
	return line, true
}

// field reads a line that is not empty.
func (p *Parser) field(line []byte) {
	name, value, _ := bytes.Cut(line, colon)
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) { // a comment has the name ""
	case "event":
		p.name = text(value)
	case "data":
		if p.hasData {
			p.data = append(p.data, '\n')
		}
		p.hasData = true
		p.data = append(p.data, text(value)...)
	case "id":
		if len(value) <= maxID && bytes.IndexByte(value, 0) < 0 {
			p.id = text(value)
		}
	case "retry":
		if d, ok := milliseconds(value); ok {
			p.retry, p.wait = d, d
		}
	}
}

// milliseconds reads a number of ASCII digits. What is too much for a Duration is as much as one holds; 0 is 1.
func milliseconds(value []byte) (time.Duration, bool) {
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	if len(value) == 0 {
		return 0, false
	}
	const most = math.MaxInt64 / int64(time.Millisecond)
	ms, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		ms = most
	}
	return time.Duration(min(max(ms, 1), most)) * time.Millisecond, true
}

// text decodes UTF-8: what is none becomes U+FFFD.
func text(b []byte) string {
	if !utf8.Valid(b) {
		b, _ = unicode.UTF8.NewDecoder().Bytes(b) // it replaces
	}
	return string(b)
}

// dispatch ends an event. One without data is none, but its id stands.
func (p *Parser) dispatch() (e Event, ok bool) {
	p.lastID = p.id
	if p.hasData {
		e, ok = Event{ID: p.lastID, Name: p.name, Data: string(p.data), Retry: p.retry}, true
	}
	p.size, p.name, p.retry, p.hasData, p.data = 0, "", 0, false, p.data[:0]
	return e, ok
}
