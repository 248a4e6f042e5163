// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"
)

// An Encoder makes field blocks (RFC 7541). Values that hardly come twice are not put into the table, where they would push out the others.
type Encoder struct {
	enc     *hpack.Encoder
	block   []byte
	changed uint64 // times that the table has changed
	resized bool   // the peer has to be told, at the beginning of the next block
}

func newEncoder() *Encoder {
	e := new(Encoder)
	e.enc = hpack.NewEncoder((*encoded)(e))
	return e
}

// encoded takes what hpack.Encoder writes: one field at a time.
type encoded Encoder

func (e *encoded) Write(p []byte) (int, error) {
	if p[0] >= 0x20 && p[0] < 0x80 { // an insertion, or a new size of the table
		e.changed++
	}
	e.block = append(e.block, p...)
	return len(p), nil
}

// Begin begins a block. Blocks must be sent in their order, each of them.
func (e *Encoder) Begin() { e.block = e.block[:0] }

// Block returns the block, which is lent until the next Begin.
func (e *Encoder) Block() []byte { return e.block }

// Changed returns a number that changes with the table: a block that was encoded while it did not can be sent again as long as it does not.
func (e *Encoder) Changed() uint64 { return e.changed }

// Status adds :status.
func (e *Encoder) Status(status int) {
	if status == 200 && !e.resized {
		e.block = append(e.block, 0x88) // its index in the static table
		return
	}
	e.write(":status", strconv.Itoa(status))
}

func (e *Encoder) write(name, value string) {
	e.resized = false
	e.enc.WriteField(hpack.HeaderField{Name: name, Value: value, Sensitive: name == "authorization" || name == "proxy-authorization"})
}

// resize follows the peer's choice of the table's size.
func (e *Encoder) resize(n uint32) {
	e.enc.SetMaxDynamicTableSize(n)
	e.resized = true
	e.changed++
}

// Int adds a field of which the value is a number.
func (e *Encoder) Int(name string, n int64) {
	if i := unindexed(name); i > 0 && !e.resized {
		var buf [20]byte
		digits := strconv.AppendInt(buf[:0], n, 10)
		e.block = appendVarInt(literalName(e.block, i, false), len(digits))
		e.block = append(e.block, digits...)
		return
	}
	e.write(name, strconv.FormatInt(n, 10))
}

// Field adds a field, whose name is in lower case.
func (e *Encoder) Field(name, value string) {
	if i := unindexed(name); i > 0 && !e.resized {
		e.block = appendVarInt(literalName(e.block, i, name == "set-cookie"), len(value))
		e.block = append(e.block, value...)
		return
	}
	e.write(name, value)
}

// Pseudo adds a pseudo-header field of a request, which come before the others.
func (e *Encoder) Pseudo(name, value string) { e.write(name, value) }

// unindexed returns the place in the static table (RFC 7541 appendix A) of names whose values differ from response to response, 0 for others.
func unindexed(name string) int {
	switch name {
	case "age":
		return 21
	case "content-length":
		return 28
	case "content-range":
		return 30
	case "etag":
		return 34
	case "expires":
		return 36
	case "last-modified":
		return 44
	case "location":
		return 46
	case "set-cookie":
		return 55
	}
	return 0
}

// literalName appends the beginning of a literal field without indexing, or one that is never to be indexed (RFC 7541 sections 6.2.2 and 6.2.3).
func literalName(b []byte, index int, never bool) []byte {
	kind := byte(0)
	if never {
		kind = 0x10
	}
	if index < 15 {
		return append(b, kind|byte(index))
	}
	return append(b, kind|15, byte(index-15))
}

// appendVarInt appends n with a prefix of seven bits and the first bit clear (RFC 7541 section 5.1): the length of a string that is not compressed.
func appendVarInt(b []byte, n int) []byte {
	if n < 127 {
		return append(b, byte(n))
	}
	b = append(b, 127)
	for n -= 127; n >= 128; n >>= 7 {
		b = append(b, byte(n)|128)
	}
	return append(b, byte(n))
}

// LowerName returns the name of a field in lower case.
func LowerName(name string) string {
	for i := range len(name) {
		if c := name[i]; 'A' <= c && c <= 'Z' {
			if l, ok := lowerNames[name]; ok {
				return l
			}
			return strings.ToLower(name)
		}
	}
	return name
}

// lowerNames holds what responses usually have.
var lowerNames = makeLowerNames("Accept-Ranges Age Allow Cache-Control Content-Disposition Content-Encoding Content-Language Content-Length Content-Location Content-Range " +
	"Content-Security-Policy Content-Type Date ETag Etag Expires Last-Modified Link Location Referrer-Policy Retry-After Server Set-Cookie Strict-Transport-Security " +
	"Vary Www-Authenticate WWW-Authenticate X-Content-Type-Options X-Frame-Options Access-Control-Allow-Origin")

func makeLowerNames(list string) map[string]string {
	m := make(map[string]string)
	for name := range strings.FieldsSeq(list) {
		m[name] = strings.ToLower(name)
	}
	return m
}
