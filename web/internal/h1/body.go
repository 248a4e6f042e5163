// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

import "bytes"

// A Body takes the framing off one message body: a length, or chunks and a trailer section.
type Body struct {
	Trailer []Field // complete when Done

	limits  *Limits
	left    int64 // bytes of data to come in this chunk, or in the body
	state   bodyState
	excess  int // see Limits.ChunkExcess
	trailer int // bytes of the trailer section so far
}

// A bodyState is a point of the grammar of RFC 9112 section 7.1.
type bodyState uint8

const (
	bodyDone      bodyState = iota
	bodyLength              // data of a body with a length
	bodyChunkLine           // chunk-size [ chunk-ext ] CRLF
	bodyChunkData           // chunk-data
	bodyChunkEnd            // the CRLF after it
	bodyTrailer             // trailer-section CRLF
	bodyClose               // data up to the end of the connection
)

// String returns a word for the state.
func (s bodyState) String() string {
	return [...]string{"done", "length", "chunk line", "chunk data", "chunk end", "trailer", "until close"}[s]
}

// NewBody returns the Body that follows h. limits, without zero fields, is kept; nil means the defaults.
func NewBody(h *Head, limits *Limits) Body {
	if limits == nil {
		limits = &defaults
	}
	switch {
	case h.Chunked:
		return Body{state: bodyChunkLine, limits: limits}
	case h.Length > 0:
		return Body{state: bodyLength, left: h.Length, limits: limits}
	}
	return Body{}
}

// Done reports whether the body has been read to its end.
func (d *Body) Done() bool { return d.state == bodyDone }

// Left returns how many bytes of data are to come, or -1 if that is unknown.
func (d *Body) Left() int64 {
	switch d.state {
	case bodyDone:
		return 0
	case bodyLength:
		return d.left
	}
	return -1
}

// Next reads from the front of b and returns data, which is a part of b, and the number of bytes it is done with. Without data, and with Done still
// false, it needs more bytes: b[n:] and what follows. The errors are of type *Error, and final.
func (d *Body) Next(b []byte) (data []byte, n int, err error) {
	for {
		rest := b[n:]
		switch d.state {
		case bodyDone:
			return nil, n, nil
		case bodyClose:
			return rest[:len(rest):len(rest)], n + len(rest), nil
		case bodyLength, bodyChunkData:
			k := int(min(int64(len(rest)), d.left))
			d.left -= int64(k)
			if d.left == 0 {
				if d.state++; d.state == bodyChunkLine { // the state after bodyLength
					d.state = bodyDone
				}
			}
			if k > 0 || d.state == bodyDone {
				return rest[:k:k], n + k, nil
			}
			return nil, n, nil
		case bodyChunkEnd:
			switch {
			case len(rest) > 0 && rest[0] != '\r', len(rest) > 1 && rest[1] != '\n':
				return nil, n, errChunkEnd
			case len(rest) < 2:
				return nil, n, nil
			}
			n += 2
			d.state = bodyChunkLine
		case bodyChunkLine:
			k, err := d.chunkLine(rest)
			if k == 0 || err != nil {
				return nil, n, err
			}
			n += k
		case bodyTrailer:
			k, err := d.trailerLine(rest)
			if k == 0 || err != nil {
				return nil, n, err
			}
			n += k
		}
	}
}

// line returns a line without its CRLF; ok is false if b does not hold it to its end.
func line(b []byte, limit int, long error) (l []byte, ok bool, err error) {
	i := bytes.IndexByte(b, '\n')
	switch {
	case i < 0 && len(b) > limit+2, i > limit+1:
		return nil, false, long
	case i < 0:
		return nil, false, nil
	case i == 0 || b[i-1] != '\r':
		return nil, false, errBareLF
	}
	return b[:i-1], true, nil
}

func (d *Body) chunkLine(b []byte) (int, error) {
	l, ok, err := line(b, d.limits.ChunkLine, errChunkLine)
	if !ok {
		return 0, err
	}
	size, digits := int64(0), 0
	for digits < len(l) {
		v := hexValue(l[digits])
		if v < 0 {
			break
		}
		if digits++; digits > 16 || size >= 1<<58 {
			return 0, errChunkSize
		}
		size = size<<4 | int64(v)
	}
	if digits == 0 {
		return 0, errChunkSize
	}
	if ext := l[digits:]; len(ext) > 0 {
		if ext[0] != ';' {
			return 0, errChunkSize
		}
		if !all(ext, classValue) {
			return 0, errChunkExt
		}
	}
	d.excess = max(0, d.excess+len(l)+4-16-int(min(size, 1<<20))*2)
	if d.excess > d.limits.ChunkExcess {
		return 0, errChunkExcess
	}
	d.left, d.state = size, bodyChunkData
	if size == 0 {
		d.state = bodyTrailer
	}
	return len(l) + 2, nil
}

func hexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func (d *Body) trailerLine(b []byte) (int, error) {
	l, ok, err := line(b, d.limits.Field, errFieldLong)
	if !ok {
		return 0, err
	}
	d.trailer += len(l) + 2
	switch {
	case len(l) == 0:
		d.state = bodyDone
		return 2, nil
	case d.trailer > d.limits.Head:
		return 0, errHeadLong
	case len(d.Trailer) >= d.limits.Fields:
		return 0, errFields
	}
	if _, err := checkField(l); err != nil {
		return 0, err
	}
	s := string(l)
	i := bytes.IndexByte(l, ':')
	f := Field{s[:i], Trim(s[i+1:])}
	for _, name := range [...]string{"Content-Length", "Transfer-Encoding", "Host", "Trailer", "Connection"} {
		if EqualFold(f.Name, name) {
			return 0, errTrailerFramed
		}
	}
	d.Trailer = append(d.Trailer, f)
	return len(l) + 2, nil
}
