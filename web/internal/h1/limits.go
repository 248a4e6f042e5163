// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

// Limits bounds what a peer can make this side hold. A zero field means its default.
type Limits struct {
	RequestLine int // bytes of the request line; 0 means 8192; beyond it 414
	Field       int // bytes of one header or trailer line; 0 means 8192; beyond it 431
	Head        int // bytes of a whole head, and of a whole trailer section; 0 means 65536; beyond it 431
	Fields      int // header lines, and trailer lines; 0 means 100; beyond it 431
	ChunkLine   int // bytes of one chunk-size line with its extensions; 0 means 1024; beyond it 400
	ChunkExcess int // bytes of chunk framing beyond 16 a chunk and twice its data; 0 means 16384; beyond it 400
}

// WithDefaults returns l with its zero fields filled in.
func (l Limits) WithDefaults() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&l.RequestLine, 8192)
	def(&l.Field, 8192)
	def(&l.Head, 65536)
	def(&l.Fields, 100)
	def(&l.ChunkLine, 1024)
	def(&l.ChunkExcess, 16384)
	return l
}
