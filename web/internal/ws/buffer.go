// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import "sync"

// Messages that do not come in one piece are put together in buffers that come from here, so that a connection that is quiet has none.

const (
	smallBuffer  = 4 << 10
	mediumBuffer = 16 << 10
	largeBuffer  = 64 << 10 // longer ones are left to the garbage collector
)

var (
	small  = sync.Pool{New: func() any { return new([smallBuffer]byte) }}
	medium = sync.Pool{New: func() any { return new([mediumBuffer]byte) }}
	large  = sync.Pool{New: func() any { return new([largeBuffer]byte) }}
)

// grow returns b with room for n more bytes. Where it has moved, b's memory is given back.
func grow(b []byte, n int) []byte {
	need := len(b) + n
	if need <= cap(b) {
		return b
	}
	var bigger []byte
	switch {
	case need <= smallBuffer:
		bigger = small.Get().(*[smallBuffer]byte)[:0]
	case need <= mediumBuffer:
		bigger = medium.Get().(*[mediumBuffer]byte)[:0]
	case need <= largeBuffer:
		bigger = large.Get().(*[largeBuffer]byte)[:0]
	default:
		bigger = make([]byte, 0, max(need, 2*cap(b)))
	}
	bigger = append(bigger, b...)
	free(b)
	return bigger
}

// free gives back the memory of b, which is of grow.
func free(b []byte) {
	switch cap(b) {
	case smallBuffer:
		small.Put((*[smallBuffer]byte)(b[:smallBuffer]))
	case mediumBuffer:
		medium.Put((*[mediumBuffer]byte)(b[:mediumBuffer]))
	case largeBuffer:
		large.Put((*[largeBuffer]byte)(b[:largeBuffer]))
	}
}
