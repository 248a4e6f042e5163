// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

// header begins a frame if its header is complete.
func (r *Reader) header(p []byte) (n int, err error) {
	if r.headLen == 0 {
		if n, err = r.tryHeader(p); n == 0 && err == nil {
			n = copy(r.head[:], p)
			r.headLen = uint8(n)
		}
		return n, err
	}
	for n < len(p) {
		r.head[r.headLen] = p[n]
		r.headLen++
		n++
		if k, err := r.tryHeader(r.head[:r.headLen]); k > 0 || err != nil {
			r.headLen = 0
			return n, err
		}
	}
	return n, nil
}

// tryHeader begins a frame if b begins with a whole header, and returns its length.
func (r *Reader) tryHeader(b []byte) (int, error) {
	if err := r.judge(b); err != nil {
		return 0, err
	}
	h, n, err := ParseHeader(b)
	if err != nil || n == 0 {
		return 0, err
	}
	return n, r.begin(&h)
}

// judge says what is wrong with the first two bytes of a header. It looks at one after the other, so that the error is the same wherever the input is split.
func (r *Reader) judge(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	op, reserved := Opcode(b[0]&0xf), b[0]&bitsRSV
	switch {
	case !op.known():
		return errOpcode
	case reserved != 0 && (reserved != bitRSV1 || !r.inflate):
		return errReserved
	case reserved != 0 && (op.IsControl() || op == Continuation):
		return errCompressed
	case op.IsControl():
		if b[0]&bitFinal == 0 {
			return errFragmented
		}
	case op == Continuation && r.message == 0:
		return errNoMessage
	case op != Continuation && r.message != 0:
		return errInterleaved
	}
	if len(b) > 1 && (b[1]&bitMask != 0) != (r.Role == Server) {
		if r.Role == Server {
			return errUnmasked
		}
		return errMasked
	}
	return nil
}

// begin begins a frame.
func (r *Reader) begin(h *Header) error {
	l := r.Limits
	if l == nil {
		l = &defaults
	}
	r.inFrame, r.opcode, r.final, r.masked, r.key, r.remaining = true, h.Opcode, h.Final, h.Masked, h.Key, h.Length
	if h.Opcode.IsControl() {
		if !l.control(&r.controls) {
			return ErrControls
		}
		return nil
	}
	if h.Opcode != Continuation {
		r.message, r.compressed, r.told, r.size, r.fragments, r.text = h.Opcode, h.Reserved != 0, false, 0, 0, checker{}
	}
	if l.Frame > 0 && h.Length > l.Frame {
		return ErrFrameSize
	}
	limit := l.message()
	if r.compressed || !r.Stream {
		limit = l.held()
	}
	if limit > 0 && h.Length > limit-r.size {
		return ErrMessageSize
	}
	r.size += h.Length
	r.fragments++
	if n := or(l.Fragments, DefaultFragments); n > 0 && int64(r.fragments) > int64(n) {
		return ErrFragments
	}
	return nil
}
