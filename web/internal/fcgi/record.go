// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fcgi

import (
	"encoding/binary"
	"errors"
)

// The types of records (FastCGI 1.0 section 8).
const (
	BeginRequest = 1
	AbortRequest = 2
	EndRequest   = 3
	Params       = 4
	Stdin        = 5
	Stdout       = 6
	Stderr       = 7
	UnknownType  = 11
)

// The protocol statuses of EndRequest.
const (
	RequestComplete = 0
	CantMultiplex   = 1
	Overloaded      = 2
	UnknownRole     = 3
)

// KeepConn is the flag of BeginRequest that has the application leave the connection open. Responder is the role.
const (
	KeepConn  = 1
	Responder = 1
)

const (
	version   = 1
	headerLen = 8
	// maxContent is how much this side puts into one record. It is a multiple of 8, so that no padding is needed.
	maxContent = 65528
)

// The errors of a stream of records.
var (
	ErrVersion = errors.New("not a FastCGI record: the version is not 1")
	ErrBody    = errors.New("a FastCGI record has the wrong length for its type")
)

// A Record is a piece of a record: contents are handed on as they come. Data is lent by the input.
type Record struct {
	Type uint8
	ID   uint16
	Data []byte
	// Empty means a record without content, which ends its stream. The content of EndRequest comes whole.
	Empty bool
}

// A Decoder takes records apart. The zero Decoder is ready. What it buffers is bounded by 16 bytes.
type Decoder struct {
	head    [headerLen]byte
	got     int // bytes of head, or of small when that is being filled
	content int // bytes that are still to come
	padding int
	small   [headerLen]byte // the content of EndRequest
	kind    uint8
	id      uint16
	inside  bool
}

// Next returns the next piece of in with the number of bytes that are done with; ok is false when more input is needed.
func (d *Decoder) Next(in []byte) (rec Record, n int, ok bool, err error) {
	for {
		rest := in[n:]
		switch {
		case !d.inside:
			k := copy(d.head[d.got:], rest)
			n += k
			if d.got += k; d.got < headerLen {
				return rec, n, false, nil
			}
			if d.head[0] != version {
				return rec, n, false, ErrVersion
			}
			d.kind, d.id = d.head[1], binary.BigEndian.Uint16(d.head[2:])
			d.content, d.padding = int(binary.BigEndian.Uint16(d.head[4:])), int(d.head[6])
			d.inside, d.got = true, 0
			if d.kind == EndRequest && d.content != headerLen {
				return rec, n, false, ErrBody
			}
			if d.content == 0 {
				return Record{Type: d.kind, ID: d.id, Empty: true}, n, true, nil
			}
		case d.content > 0 && d.kind == EndRequest:
			k := copy(d.small[d.got:], rest)
			n += k
			d.got += k
			if d.content -= k; d.content > 0 {
				return rec, n, false, nil
			}
			d.got = 0
			return Record{Type: d.kind, ID: d.id, Data: d.small[:]}, n, true, nil
		case d.content > 0:
			k := min(d.content, len(rest))
			if k == 0 {
				return rec, n, false, nil
			}
			d.content -= k
			return Record{Type: d.kind, ID: d.id, Data: rest[:k:k]}, n + k, true, nil
		case d.padding > 0:
			k := min(d.padding, len(rest))
			n += k
			if d.padding -= k; d.padding > 0 {
				return rec, n, false, nil
			}
			d.inside = false
		default:
			d.inside = false
		}
	}
}

// AppendStream appends p as records of a stream. Without content it appends nothing, for that would end the stream: see AppendEnd.
func AppendStream(dst []byte, kind uint8, id uint16, p []byte) []byte {
	for len(p) > 0 {
		k := min(len(p), maxContent)
		dst = append(appendHeader(dst, kind, id, k), p[:k]...)
		p = p[k:]
	}
	return dst
}

// AppendEnd appends the empty record that ends a stream.
func AppendEnd(dst []byte, kind uint8, id uint16) []byte { return appendHeader(dst, kind, id, 0) }

// AppendBegin appends BeginRequest for a responder.
func AppendBegin(dst []byte, id uint16, flags uint8) []byte {
	return append(appendHeader(dst, BeginRequest, id, 8), 0, Responder, flags, 0, 0, 0, 0, 0)
}

// AppendAbort appends AbortRequest.
func AppendAbort(dst []byte, id uint16) []byte { return appendHeader(dst, AbortRequest, id, 0) }

// AppendPair appends a name and a value as Params has them.
func AppendPair(dst []byte, name, value string) []byte {
	dst = appendLen(appendLen(dst, len(name)), len(value))
	return append(append(dst, name...), value...)
}

func appendLen(dst []byte, n int) []byte {
	if n < 128 {
		return append(dst, byte(n))
	}
	return binary.BigEndian.AppendUint32(dst, uint32(n)|1<<31)
}

func appendHeader(dst []byte, kind uint8, id uint16, n int) []byte {
	return append(dst, version, kind, byte(id>>8), byte(id), byte(n>>8), byte(n), 0, 0)
}
