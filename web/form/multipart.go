// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package form

import (
	"bytes"
	"strings"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// A splitter takes multipart/form-data apart. It does no I/O and holds no more than the header of one part, or what may become a delimiter:
//
//	preamble CRLF--boundary  CRLF header CRLF CRLF  data CRLF--boundary  CRLF header ...  data CRLF--boundary  -- epilogue
//	└─ preamble ──────────┘└ delimited ┘└─ header ┘└─ data ───────────┘└ delimited ┘                    └ delimited ┘└ done
//
// The body is read as if CRLF stood in front of it, so that the first delimiter is like the others.
type splitter struct {
	to       receiver
	delim    []byte // CRLF, two hyphens, the boundary
	held     []byte // not consumed yet
	state    splitState
	parts    int
	preamble int // bytes so far
	config   *Config
}

// A receiver is told what is in a form. An error ends it.
type receiver interface {
	begin(p *Part) error
	data(p []byte) error // lent
	end() error
}

type splitState uint8

const (
	inPreamble splitState = iota
	delimited             // behind a delimiter
	inHeader
	atData // behind a header
	inData
	closed // behind the last delimiter, in the line that it is in
	done
)

// maxBoundary is the length of the longest boundary (RFC 2046 section 5.1.1), and maxPadding that of the white space behind it.
const (
	maxBoundary = 70
	maxPadding  = 128
)

func newSplitter(boundary string, to receiver, config *Config) *splitter {
	return &splitter{to: to, delim: []byte("\r\n--" + boundary), held: []byte("\r\n"), config: config}
}

// validBoundary reports whether s is one by RFC 2046, or nearly: clients use other printable characters too.
func validBoundary(s string) bool {
	if s == "" || len(s) > maxBoundary || strings.HasSuffix(s, " ") {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// write takes the next piece of the body, which is lent.
func (s *splitter) write(p []byte) error {
	if s.state == done {
		return nil
	}
	b := p
	if len(s.held) > 0 {
		b = append(s.held, p...)
	}
	for {
		n, err := s.step(b)
		if err != nil {
			return err
		}
		if n == 0 || s.state == done {
			break
		}
		b = b[n:]
	}
	if s.state == done {
		s.held = nil
	} else {
		s.held = append(s.held[:0], b...) // the same memory, further to the front
	}
	return nil
}

// close is called at the end of the body.
func (s *splitter) close() error {
	if s.state == closed { // what is held is white space, and the first half of a line's end at most
		if rest := bytes.TrimLeft(s.held, " \t"); len(rest) > 0 && string(rest) != "\r" {
			return errBehind
		}
		s.state = done
	}
	if s.state != done {
		return malformed("its end is missing")
	}
	return nil
}

// step consumes the first n bytes of b; 0 means that more are needed.
func (s *splitter) step(b []byte) (n int, err error) {
	switch s.state {
	case inPreamble, inData:
		return s.stepData(b)
	case delimited:
		return s.stepDelimited(b)
	case closed:
		return s.stepClosed(b)
	case inHeader:
		return s.stepHeader(b)
	case atData:
		return s.stepFirst(b)
	}
	return len(b), nil
}

func (s *splitter) stepData(b []byte) (int, error) {
	i, next := bytes.Index(b, s.delim), len(s.delim)
	if i < 0 {
		i, next = len(b)-partial(b, s.delim), 0
	}
	if s.state == inPreamble {
		if s.preamble += i; s.preamble > s.config.MaxHeader {
			return 0, malformed("the boundary is missing")
		}
	} else if i > 0 {
		if err := s.to.data(b[:i]); err != nil {
			return 0, err
		}
	}
	if next > 0 {
		if s.state == inData {
			if err := s.to.end(); err != nil {
				return 0, err
			}
		}
		s.state = delimited
	}
	return i + next, nil
}

// partial returns the length of the longest end of b that delim begins with.
func partial(b, delim []byte) int {
	for i := max(len(b)-len(delim)+1, 0); i < len(b); i++ {
		j := bytes.IndexByte(b[i:], delim[0])
		if j < 0 {
			break
		}
		if i += j; bytes.HasPrefix(delim, b[i:]) {
			return len(b) - i
		}
	}
	return 0
}

func (s *splitter) stepDelimited(b []byte) (int, error) {
	if bytes.HasPrefix(b, []byte("--")) {
		s.state = closed
		return 2, nil
	}
	n, err := lineEnd(b)
	if n > 0 {
		s.state = inHeader
	}
	return n, err
}

// stepClosed looks for the end of the line that the last delimiter is in. Nobody else takes a line that goes on in another way for the end of a form.
func (s *splitter) stepClosed(b []byte) (int, error) {
	n, err := lineEnd(b)
	if n > 0 {
		s.state = done
	}
	return n, err
}

// lineEnd returns the length of the white space and the CRLF that a delimiter is followed by, 0 if more is needed to tell.
func lineEnd(b []byte) (int, error) {
	n := 0
	for n < len(b) && (b[n] == ' ' || b[n] == '\t') {
		n++
	}
	switch {
	case n > maxPadding:
		return 0, malformed("too much white space behind a boundary")
	case len(b) < n+2 && (len(b) == n || b[n] == '\r' || b[n] == '-'):
		return 0, nil
	case !bytes.HasPrefix(b[n:], []byte("\r\n")):
		return 0, errBehind
	}
	return n + 2, nil
}

var errBehind = malformed("something follows a boundary")

func (s *splitter) stepHeader(b []byte) (int, error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if bytes.HasPrefix(b, []byte("\r\n")) {
		return 0, malformed("a part has no header")
	}
	if end < 0 && len(b) > s.config.MaxHeader || end > s.config.MaxHeader {
		return 0, tooLarge("the header of a part")
	}
	if end < 0 {
		return 0, nil
	}
	if s.parts++; s.parts > s.config.MaxParts {
		return 0, tooLarge("the number of its parts")
	}
	p, err := parsePart(string(b[:end]))
	if err != nil {
		return 0, err
	}
	if err := s.to.begin(p); err != nil {
		return 0, err
	}
	s.state = atData
	return end + 4, nil
}

// stepFirst looks for a delimiter right behind the header, whose CRLF is the header's: some clients end parts without data so.
func (s *splitter) stepFirst(b []byte) (int, error) {
	delim := s.delim[2:]
	switch {
	case bytes.HasPrefix(b, delim):
		s.state = delimited
		return len(delim), s.to.end()
	case len(b) < len(delim) && bytes.HasPrefix(delim, b):
		return 0, nil
	}
	s.state = inData
	return s.stepData(b)
}

// fieldOf takes a header line apart.
func fieldOf(line string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(line, ":")
	value = h1.Trim(value)
	return name, value, ok && h1.IsToken(name) && h1.IsFieldValue(value)
}
