// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
)

// DefaultMaxLine is the default of the longest line, in bytes, the delimiter not counted. Twisted: MAX_LENGTH.
const DefaultMaxLine = 16384

const crlf = "\r\n"

// A LineTooLongError tells of a line longer than MaxLength.
type LineTooLongError struct {
	MaxLength int
}

// Error tells the limit.
func (e *LineTooLongError) Error() string {
	return fmt.Sprintf("framing: line longer than %d bytes", e.MaxLength)
}

// A LineParser cuts fed bytes into lines. It does no I/O. The zero LineParser splits at CRLF and takes lines of up to 16384 bytes. When Next has returned
// everything, it holds no more than one unfinished line.
//
// A line that is too long gives one *[LineTooLongError], as soon as that is known, and is skipped up to its delimiter; Next goes on behind it.
type LineParser struct {
	Delimiter string // "" means CRLF
	MaxLength int    // in bytes, the delimiter not counted; 0 means DefaultMaxLine

	in       buffer
	scanned  int  // so many bytes at the start of in hold no delimiter
	skipping bool // inside a line that was too long
}

// Feed adds b, which is copied.
func (p *LineParser) Feed(b []byte) { p.in.add(b) }

// Next returns the next line without its delimiter; ok is false when more input is needed. The line is lent until the next call of Feed or Next.
func (p *LineParser) Next() (line []byte, ok bool, err error) {
	delimiter := cmp.Or(p.Delimiter, crlf)
	limit := cmp.Or(p.MaxLength, DefaultMaxLine)
	for {
		data := p.in.data
		from := min(p.scanned, len(data))
		i := index(data[from:], delimiter)
		if i < 0 {
			p.scanned = max(from, len(data)-len(delimiter)+1)
			if p.skipping {
				p.in.skip(p.scanned)
				p.scanned = 0
				return nil, false, nil
			}
			if p.scanned > limit {
				return p.tooLong(limit)
			}
			return nil, false, nil
		}
		i += from
		if !p.skipping && i > limit {
			return p.tooLong(limit)
		}
		p.scanned = 0
		p.in.skip(i + len(delimiter))
		if !p.skipping {
			return data[:i:i], true, nil
		}
		p.skipping = false
	}
}

// tooLong returns the start of the line that is too long.
func (p *LineParser) tooLong(limit int) ([]byte, bool, error) {
	line := p.in.data[:limit:limit]
	p.skipping = true
	p.in.skip(limit)
	p.scanned = 0
	return line, false, &LineTooLongError{limit}
}

// Lines returns the lines that are there, and the errors. It can be left at any time, and called again after more was fed.
func (p *LineParser) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			line, ok, err := p.Next()
			if !ok && err == nil || !yield(line, err) {
				return
			}
		}
	}
}

// Buffered returns how many bytes have not been returned. Those of a line that is skipped do not count.
func (p *LineParser) Buffered() int { return len(p.in.data) }

// Clear drops what has not been returned, and returns a copy of it. A line that begins there begins anew.
func (p *LineParser) Clear() []byte {
	rest := bytes.Clone(p.in.data)
	p.in.clear()
	p.scanned, p.skipping = 0, false
	return rest
}

// index is bytes.Index of a string.
func index(b []byte, delimiter string) int {
	if len(delimiter) == 1 {
		return bytes.IndexByte(b, delimiter[0])
	}
	return bytes.Index(b, []byte(delimiter))
}
