// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing

import "slices"

// keepCapacity is the capacity in bytes up to which an empty buffer is kept for the next piece.
const keepCapacity = 4096

// A buffer holds input that is not yet parsed. What arrives whole is parsed where it lies: lend borrows it, and only what is left over is copied, by keep.
type buffer struct {
	data []byte // the input; in own, or borrowed
	own  []byte
}

// add copies p to the end.
func (b *buffer) add(p []byte) {
	b.keep()
	if len(b.own)+len(p) > cap(b.own) && len(b.data) < len(b.own) {
		b.own = b.own[:copy(b.own, b.data)] // use the room that parsed input has left
	}
	before := len(b.own) - len(b.data)
	b.own = append(b.own, p...)
	b.data = b.own[before:]
}

// replace makes the pieces the input, in new memory: a frame that lies in the old may still be in use.
func (b *buffer) replace(pieces ...[]byte) {
	b.own = slices.Concat(pieces...)
	b.data = b.own
}

// lend puts p, which is lent until keep, at the end.
func (b *buffer) lend(p []byte) {
	if len(b.data) > 0 {
		b.add(p)
		return
	}
	b.own = b.own[:0]
	b.data = p
}

// keep ends the loan.
func (b *buffer) keep() {
	switch {
	case len(b.data) == 0:
		b.data = nil
		if b.own = b.own[:0]; cap(b.own) > keepCapacity {
			b.own = nil
		}
	case len(b.own) == 0:
		b.own = append(b.own, b.data...)
		b.data = b.own
	}
}

// skip drops the first n bytes.
func (b *buffer) skip(n int) { b.data = b.data[n:] }

// clear drops everything and returns how much it was.
func (b *buffer) clear() int {
	n := len(b.data)
	b.data = nil
	return n
}
