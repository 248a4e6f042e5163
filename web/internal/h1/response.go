// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

import "bytes"

// A ResponseHead is a status line and header, checked, with what they say about framing and persistence already worked out. Its strings share one allocation, or that of the
// head before if it was the same.
type ResponseHead struct {
	Status int    // 100 to 999
	Phrase string // what stands behind it, which means nothing
	Fields Lines

	Length    int64 // Content-Length, -1 if there is none
	Minor     uint8 // 0 or 1, of HTTP/1.x
	Chunked   bool
	KeepAlive bool // the server lets the connection persist
}

// Interim reports whether another head follows: a status of 1xx, but for 101, after which there is no HTTP any more.
func (h *ResponseHead) Interim() bool { return h.Status < 200 && h.Status != 101 }

// Bodiless reports whether no body follows h in answer to that method, whatever its fields say (RFC 9112 section 6.3).
func (h *ResponseHead) Bodiless(method string) bool {
	return method == "HEAD" || h.Status < 200 || h.Status == 204 || h.Status == 304 || method == "CONNECT" && h.Status < 300
}

// UntilClose reports whether the body that follows h in answer to that method ends with the connection.
func (h *ResponseHead) UntilClose(method string) bool {
	return !h.Chunked && h.Length < 0 && !h.Bodiless(method)
}

// A ResponseParser does for responses what [Parser] does for requests. The zero ResponseParser has the default limits; RequestLine bounds the status line.
type ResponseParser struct {
	Limits *Limits // without zero fields; nil means the defaults

	line  int // where the line under way begins
	scan  int // how far it was searched for its end
	lines int // lines complete so far, the status line included
	first int // the length of the status line, without CRLF
	says  framing
	last  string // the head before, if it is short: often the next is the same
}

// Begun reports whether a part of a head has been seen by Parse.
func (p *ResponseParser) Begun() bool { return p.scan > 0 }

// Parse reads one head from the front of b, which begins with the same bytes as in the call before if that asked for more. It fills h and returns the number of bytes of
// the head. 0 and nil mean that b holds no complete head yet. The errors are of type *Error, and final; their Status has no meaning here.
func (p *ResponseParser) Parse(b []byte, h *ResponseHead) (int, error) {
	if p.Limits == nil {
		p.Limits = &defaults
	}
	if n := len(p.last); n > 0 && p.scan == 0 && len(b) >= n && string(b[:n]) == p.last {
		return n, p.fill(p.last[:n-2], h) // all else that is known of that head is still here
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
		case len(line) == 0 && p.lines == 0:
			return 0, errStatusLine
		case len(line) == 0:
			s := string(b[:end])
			if p.last = ""; end <= keepMax {
				p.last = s
			}
			p.line, p.scan, p.lines = 0, 0, 0
			return end, p.fill(s[:end-2], h)
		}
		if err := p.take(line); err != nil {
			return 0, err
		}
		p.lines++
	}
}

// tooLong tells whether a limit has been passed when the line under way reaches to end: of the two, the one passed first, so that the split does not matter.
func (p *ResponseParser) tooLong(end int) error {
	line, err := p.Limits.RequestLine, errStatusLong
	if p.lines > 0 {
		line, err = p.Limits.Field, errFieldLong
	}
	line += p.line + 2
	if p.Limits.Head < line {
		line, err = p.Limits.Head, errHeadLong
	}
	if end > line {
		return err
	}
	return nil
}

// take checks one line, and notes what it says.
func (p *ResponseParser) take(line []byte) error {
	if p.lines == 0 {
		p.first = len(line)
		p.says = framing{length: -1, minor: 1}
		if len(line) > 7 {
			p.says.minor = line[7] - '0'
		}
		return checkStatusLine(line)
	}
	if p.lines > p.Limits.Fields {
		return errFields
	}
	colon, err := checkField(line)
	if err != nil {
		return err
	}
	switch colon {
	case 10, 14: // Connection, Content-Length
		p.says.note(line, colon, 0)
	case 17: // Transfer-Encoding
		if p.says.minor == 0 && EqualFold(view(line[:colon]), "Transfer-Encoding") && p.says.fault == nil {
			p.says.fault = errResponse10
		}
		p.says.note(line, colon, 0)
	}
	return nil
}

// checkStatusLine checks "HTTP/1.1 200 OK". Some servers leave out the space that belongs before an empty phrase, with which nobody can be misled.
func checkStatusLine(line []byte) error {
	switch {
	case len(line) < 12 || string(line[:5]) != "HTTP/" || !isDigit(line[5]) || line[6] != '.' || !isDigit(line[7]) || line[8] != ' ':
		return errStatusLine
	case line[5] != '1' || line[7] > '1':
		return errUnsupported
	case line[9] == '0' || !isDigit(line[9]) || !isDigit(line[10]) || !isDigit(line[11]):
		return errStatusLine
	case len(line) > 12 && (line[12] != ' ' || !isValue(line[13:])):
		return errStatusLine
	}
	return nil
}

// fill sets h from s, the head without the empty line, and from what its lines say.
func (p *ResponseParser) fill(s string, h *ResponseHead) error {
	f := &p.says
	h.Status = int(s[9]-'0')*100 + int(s[10]-'0')*10 + int(s[11]-'0')
	h.Phrase = ""
	if p.first > 13 {
		h.Phrase = s[13:p.first]
	}
	h.Fields = Lines(s[p.first+2:])
	h.Length, h.Minor, h.Chunked, h.KeepAlive = f.length, f.minor, f.chunked, (f.minor == 1 || f.keep) && !f.closing
	switch {
	case f.fault != nil:
		return f.fault
	case f.coding && f.length >= 0:
		return errBoth
	case f.refusal != nil:
		return f.refusal
	}
	return nil
}

// NewResponseBody returns the Body that follows h in answer to that method. limits, without zero fields, is kept; nil means the defaults. One that ends with the connection is
// never Done.
func NewResponseBody(h *ResponseHead, method string, limits *Limits) Body {
	if limits == nil {
		limits = &defaults
	}
	switch {
	case h.Bodiless(method):
		return Body{}
	case h.Chunked:
		return Body{state: bodyChunkLine, limits: limits}
	case h.Length > 0:
		return Body{state: bodyLength, left: h.Length, limits: limits}
	case h.Length < 0:
		return Body{state: bodyClose, limits: limits}
	}
	return Body{}
}

var (
	errStatusLine = &Error{502, "malformed status line"}
	errStatusLong = &Error{502, "status line too long"}
	errResponse10 = &Error{502, "Transfer-Encoding in an HTTP/1.0 response"}
)
