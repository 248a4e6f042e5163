// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

// Sizes of TLS records, in bytes.
const (
	recordHeader = 5                                  // type, version, length
	maxPlaintext = 16 << 10                           // RFC 8446, section 5.1
	maxRecord    = recordHeader + maxPlaintext + 2048 // RFC 5246, section 6.2.3
)

// An input is the ciphertext that has arrived and that tls.Conn has not read. It hands out whole records only: so tls.Conn never holds the beginning of one, its buffers are
// empty between two reads, and a record that trickles in costs what has come of it and not what its header promises.
type input struct {
	in   []byte  // lent by raw, or in buf
	buf  *[]byte // what in is a part of, when it was kept
	left int     // bytes of the whole record at the beginning of in that may be read
}

// add takes of p, which is lent until keep, what can be read next, and returns how much it took. Where a record whose beginning was kept is not complete, that is what it
// misses, so that the rest need not be copied.
func (i *input) add(p []byte) int {
	if len(i.in) == 0 {
		i.in = p
		return len(p)
	}
	n := len(p)
	switch size := recordHeader; {
	case i.left > 0:
	case len(i.in) < size:
		n = min(n, size-len(i.in))
	default:
		if size = recordSize(i.in); size > len(i.in) {
			n = min(n, size-len(i.in))
		}
	}
	i.append(p[:n])
	return n
}

// recordSize returns the size of the record that p begins with, or 0 if p is no record: then tls.Conn is to refuse it at once. p has a whole header.
func recordSize(p []byte) int {
	n := recordHeader + int(p[3])<<8 + int(p[4])
	if p[0] < 20 || p[0] > 23 || p[1] != 3 || n > maxRecord {
		return 0
	}
	return n
}

// next reports whether there is something to read: a whole record, or what is none.
func (i *input) next() bool {
	if i.left > 0 {
		return true
	}
	if len(i.in) < recordHeader {
		return false
	}
	switch n := recordSize(i.in); {
	case n == 0:
		i.left = len(i.in)
	case n <= len(i.in):
		i.left = n
	default:
		return false
	}
	return true
}

// read copies to p, but never past the end of the record that next has found.
func (i *input) read(p []byte) int {
	n := copy(p, i.in[:i.left])
	i.in, i.left = i.in[n:], i.left-n
	if len(i.in) == 0 {
		i.free()
	}
	return n
}

// keep puts what was lent and not read into a buffer of its own.
func (i *input) keep() {
	if p := i.in; i.buf == nil && len(p) > 0 {
		i.in = nil
		i.append(p)
	}
}

// append appends p to in, which is in buf or empty.
func (i *input) append(p []byte) {
	n := len(i.in) + len(p)
	if cap(i.in) < n {
		b := getInput(n)
		*b = append((*b)[:0], i.in...)
		i.free()
		i.in, i.buf = *b, b
	}
	i.in = append(i.in, p...)
}

// free gives the buffer back. Nothing in it is wanted any more.
func (i *input) free() {
	i.in = nil
	if i.buf != nil {
		putInput(i.buf)
		i.buf = nil
	}
}

// drop forgets everything.
func (i *input) drop() {
	i.free()
	i.left = 0
}
