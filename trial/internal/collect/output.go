// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package collect

import "bytes"

// An output keeps the beginning and the end of what is written to it.
type output struct {
	head    []byte
	tail    []byte // a ring, once it is full
	at      int    // where the ring begins
	half    int    // the bound of each of them
	omitted int64
}

func (o *output) write(b []byte) {
	if n := min(o.half-len(o.head), len(b)); n > 0 {
		o.head = append(o.head, b[:n]...)
		b = b[n:]
	}
	if over := len(b) - o.half; over > 0 {
		o.omitted += int64(over)
		b = b[over:]
	}
	if n := min(o.half-len(o.tail), len(b)); n > 0 {
		o.tail = append(o.tail, b[:n]...)
		b = b[n:]
	}
	o.omitted += int64(len(b))
	for len(b) > 0 {
		n := copy(o.tail[o.at:], b)
		b = b[n:]
		o.at = (o.at + n) % len(o.tail)
	}
}

func (o *output) empty() bool { return len(o.head) == 0 }

// bytes returns what is kept, in which the end begins with a whole line if something is left out before it, and how much is left out.
func (o *output) bytes() ([]byte, int64) {
	tail := append(bytes.Clone(o.tail[o.at:]), o.tail[:o.at]...)
	omitted := o.omitted
	if omitted > 0 {
		if i := bytes.IndexByte(tail, '\n'); i >= 0 {
			omitted += int64(i + 1)
			tail = tail[i+1:]
		}
	}
	return append(bytes.Clone(o.head), tail...), omitted
}

// text is what is kept as one text, which tells what is left out.
func (o *output) text() string {
	all, omitted := o.bytes()
	if omitted == 0 {
		return string(all)
	}
	head := len(o.head)
	return string(all[:head]) + "\n[" + count(omitted, "byte") + " omitted]\n" + string(all[head:])
}
