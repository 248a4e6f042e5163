// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"bytes"
	"crypto/tls"
	"math/bits"
	"reflect"
	"sync"
	"unsafe"
)

// crypto/tls keeps its buffers for good: rawInput at the size of the largest record that came, hand at the size of the largest handshake message, a
// ClientHello as a rule. There is no API to give them back. So they are found by name and type, once, and while they are empty, between two calls of the
// tls.Conn, exchanged: rawInput for a buffer that is lent while records are read, and all of them for empty ones afterwards. An empty bytes.Buffer is as good as
// any other one to whoever writes to it. Where a release of Go calls the fields otherwise, or makes them of another type, nothing is touched, and connections only
// weigh more.

// A hidden tells where in a tls.Conn its buffers are.
type hidden struct {
	rawInput uintptr // bytes.Buffer: the record that is being read
	input    uintptr // bytes.Reader: what is left of its plain text, in the memory of rawInput
	hand     uintptr // bytes.Buffer: handshake messages
	found    bool
}

var connBuffers = findBuffers(reflect.TypeFor[tls.Conn]())

func findBuffers(t reflect.Type) hidden {
	rawInput, ok1 := t.FieldByName("rawInput")
	input, ok2 := t.FieldByName("input")
	hand, ok3 := t.FieldByName("hand")
	buffer, reader := reflect.TypeFor[bytes.Buffer](), reflect.TypeFor[bytes.Reader]()
	if !ok1 || !ok2 || !ok3 || rawInput.Type != buffer || input.Type != reader || hand.Type != buffer ||
		len(rawInput.Index) != 1 || len(input.Index) != 1 || len(hand.Index) != 1 {
		return hidden{}
	}
	return hidden{rawInput.Offset, input.Offset, hand.Offset, true}
}

// of returns the buffers of t.
func (h hidden) of(t *tls.Conn) (rawInput *bytes.Buffer, input *bytes.Reader, hand *bytes.Buffer) {
	p := unsafe.Pointer(t)
	return (*bytes.Buffer)(unsafe.Add(p, h.rawInput)), (*bytes.Reader)(unsafe.Add(p, h.input)), (*bytes.Buffer)(unsafe.Add(p, h.hand))
}

// lend makes t read into b as long as it fits.
func (h hidden) lend(t *tls.Conn, b []byte) {
	if !h.found {
		return
	}
	if rawInput, input, _ := h.of(t); rawInput.Len() == 0 && input.Len() == 0 {
		*rawInput = *bytes.NewBuffer(b[:0])
	}
}

// reclaim takes away what was lent to t and what t has allocated itself, and reports whether what was lent is free again: t may be in the middle of something.
func (h hidden) reclaim(t *tls.Conn) bool {
	if !h.found {
		return true
	}
	rawInput, input, hand := h.of(t)
	if hand.Len() == 0 && hand.Cap() > 0 {
		*hand = bytes.Buffer{}
	}
	if rawInput.Len() > 0 || input.Len() > 0 {
		return false
	}
	*rawInput = bytes.Buffer{}
	input.Reset(nil)
	return true
}

// readSize is the room for the plain text of what arrives in one go, in bytes: two records at least.
const readSize = 2 * maxPlaintext

// A scratch is what reading needs while it goes on.
type scratch struct {
	record []byte // lent to tls.Conn; with the room that it wants to have after a record
	plain  [readSize]byte
}

var scratches = sync.Pool{New: func() any { return &scratch{record: newRecord()} }}

func newRecord() []byte { return make([]byte, 0, maxRecord+bytes.MinRead) }

// maxPooled bounds the buffers for what is to be sent that are kept, in bytes. One that has grown above it is left to the garbage collector.
const maxPooled = 128 << 10

// buffers are for what is to be sent.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

func getBuffer() *[]byte { return buffers.Get().(*[]byte) }

func putBuffer(b *[]byte) {
	if cap(*b) > maxPooled {
		return
	}
	*b = (*b)[:0]
	buffers.Put(b)
}

// inputSize is the size of the smallest buffer for the beginning of a record, in bytes. Each of the others is twice as large as the one before; the largest has room
// for any record.
const inputSize = 512

var inputs [7]sync.Pool

// inputClass returns the class of buffers that n bytes, not more than maxRecord, fit into.
func inputClass(n int) int { return bits.Len(uint(max(n, 1)-1) / inputSize) }

// getInput returns an empty buffer with room for n bytes.
func getInput(n int) *[]byte {
	if n <= maxRecord {
		k := inputClass(n)
		if b, ok := inputs[k].Get().(*[]byte); ok {
			return b
		}
		n = min(inputSize<<k, maxRecord)
	}
	b := make([]byte, 0, n)
	return &b
}

func putInput(b *[]byte) {
	if n := cap(*b); n <= maxRecord {
		inputs[inputClass(n)].Put(b)
	}
}
