// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import (
	"encoding/binary"
	"unicode/utf8"
)

// A Reader turns the bytes of one direction of a connection into events. It is quiet while nothing is half received: then it holds no memory besides itself, and the window
// of what it has inflated if the peer may refer to that.
//
// Set the fields before the first call of Next; Stream also later, where no message is half received.
type Reader struct {
	// Limits are those of the peer. Nil means the defaults.
	Limits *Limits
	// Role is this end's: a Server wants frames that are masked, a Client ones that are not.
	Role Role
	// Stream makes events of the pieces of messages, as they come, in place of whole messages. Text may be cut inside of a character. Compressed messages are inflated when
	// they are complete, and come in pieces.
	Stream bool

	inflate    bool   // permessage-deflate was negotiated
	inFrame    bool   // behind its header
	opcode     Opcode // of the frame
	final      bool   // the frame
	masked     bool   // the frame
	message    Opcode // of the message that has begun, or 0
	compressed bool   // the message
	told       bool   // an event has told of the message's beginning
	lent       bool   // buf has been lent
	closed     bool   // there was a Close
	text       checker
	headLen    uint8 // how much of head there is
	head       [maxHeader]byte
	key        uint32
	fragments  uint32
	remaining  int64    // of the frame's payload
	size       int64    // of the message's payload, up to the end of the frame
	controls   int64    // see Limits.control
	buf        []byte   // what is held of a message
	ctl        *payload // of a control frame that is half received
	window     *window
	inflating  *inflater // of a message that is read in pieces, between two of them
	err        *Error
}

// A payload is that of a control frame.
type payload struct {
	b [maxControl]byte
	n uint8
}

// NewReader returns a reader for one end of a connection, with what was negotiated in the handshake. It may be kept by value.
func NewReader(role Role, limits *Limits, p *Params) Reader {
	r := Reader{Role: role, Limits: limits}
	if p != nil {
		r.inflate = true
		if d := p.from(1 - role); d.Takeover {
			r.window = &window{max: 1 << d.Bits}
		}
	}
	return r
}

// Next reads from p, which it may change, and returns the next event and how many bytes of p it has read. Call it again with the rest of p until the event is of no kind:
// all of p has been read then, and what is needed of it kept. p may be empty. An error is an [*Error], ends the connection, and is returned again by all further calls.
// After a Close, what the peer sends is read and discarded.
func (r *Reader) Next(p []byte) (ev Event, n int, err error) {
	if ev, n, ok := r.quick(p); ok {
		return ev, n, nil
	}
	if r.lent {
		r.release()
	}
	if r.inflating != nil {
		if ev, err = r.more(); err != nil {
			return Event{}, 0, r.fail(err)
		}
		return ev, 0, nil
	}
	for r.err == nil && !r.closed {
		if !r.inFrame {
			k, err := r.header(p[n:])
			if n += k; err != nil {
				return Event{}, n, r.fail(err)
			}
			if !r.inFrame {
				return Event{}, n, nil
			}
		}
		chunk := p[n:]
		if int64(len(chunk)) > r.remaining {
			chunk = chunk[:r.remaining]
		}
		if r.masked {
			r.key = Mask(r.key, chunk)
		}
		n += len(chunk)
		r.remaining -= int64(len(chunk))
		r.inFrame = r.remaining > 0
		if r.opcode.IsControl() {
			ev, err = r.control(chunk)
		} else {
			ev, err = r.data(chunk)
		}
		if err != nil {
			return Event{}, n, r.fail(err)
		}
		if ev.Kind != NoEvent || r.inFrame {
			return ev, n, nil
		}
	}
	if r.err != nil {
		return Event{}, n, r.err
	}
	return Event{}, len(p), nil // behind a Close
}

// quick is Next for the case that matters: a whole, plain message in one frame of less than 64 KiB, all of it there, and nothing half received before it. What is wrong is left
// to the long way, which may look at all of it again: a text that is not UTF-8 is masked again.
func (r *Reader) quick(p []byte) (ev Event, n int, ok bool) {
	if len(p) < 2 || p[0] != bitFinal|byte(Text) && p[0] != bitFinal|byte(Binary) || r.inFrame || r.message != 0 || r.headLen != 0 || r.lent || r.closed || r.err != nil || r.Stream {
		return ev, 0, false
	}
	length, n := int(p[1]&^bitMask), 2
	if length > maxControl {
		if length > 126 || len(p) < 4 {
			return ev, 0, false
		}
		if length, n = int(p[2])<<8|int(p[3]), 4; length <= maxControl {
			return ev, 0, false
		}
	}
	if l := r.Limits; l != nil && (l.Frame > 0 && int64(length) > l.Frame || l.Message > 0 && int64(length) > l.Message) {
		return ev, 0, false
	}
	var data []byte
	if r.Role == Server {
		if p[1]&bitMask == 0 || len(p)-n-4 < length {
			return ev, 0, false
		}
		key := binary.LittleEndian.Uint32(p[n:])
		n += 4
		data = p[n : n+length]
		Mask(key, data)
		if p[0] != bitFinal|byte(Binary) && !utf8.Valid(data) {
			Mask(key, data)
			return ev, 0, false
		}
	} else {
		if p[1]&bitMask != 0 || len(p)-n < length {
			return ev, 0, false
		}
		data = p[n : n+length]
		if p[0] != bitFinal|byte(Binary) && !utf8.Valid(data) {
			return ev, 0, false
		}
	}
	return Event{Kind: MessageEvent, Opcode: Opcode(p[0] & 0xf), First: true, Final: true, Data: data}, n + length, true
}

// Partial reports whether something is half received: a frame, or a message between two of its frames.
func (r *Reader) Partial() bool {
	return !r.closed && (r.headLen > 0 || r.inFrame || r.message != 0)
}

// Held returns the number of bytes of memory that r holds besides itself.
func (r *Reader) Held() int {
	n := cap(r.buf) + cap(r.window.bytes())
	if r.ctl != nil {
		n += len(r.ctl.b)
	}
	if r.inflating != nil {
		n += cap(r.inflating.piece)
	}
	return n
}

// Release gives back all memory. The Reader reads no more: it discards. To be called when the connection is lost.
func (r *Reader) Release() {
	r.closed = true
	r.window = nil
	r.drop()
}

// drop gives back what a message that is half received holds.
func (r *Reader) drop() {
	r.release()
	if r.inflating != nil {
		r.inflating.put()
		r.inflating = nil
	}
	r.ctl = nil
}

// release gives buf back.
func (r *Reader) release() {
	free(r.buf)
	r.buf, r.lent = nil, false
}

// fail ends it.
func (r *Reader) fail(err error) error {
	r.err = err.(*Error)
	r.window = nil
	r.drop()
	return err
}

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

// data takes a piece of a data frame's payload.
func (r *Reader) data(chunk []byte) (Event, error) {
	end := r.final && !r.inFrame
	if r.compressed {
		r.keep(chunk)
		if !end {
			return Event{}, nil
		}
		return r.inflated()
	}
	whole := end && r.buf == nil
	if r.message == Text {
		if !r.text.feed(chunk) || end && !r.text.whole() {
			return Event{}, errUTF8
		}
	}
	switch {
	case r.Stream:
		if len(chunk) == 0 && !end {
			return Event{}, nil
		}
		ev := Event{Kind: DataEvent, Opcode: r.message, First: !r.told, Final: end, Data: chunk}
		r.told = true
		if end {
			r.message = 0
		}
		return ev, nil
	case !end:
		r.keep(chunk)
		return Event{}, nil
	case !whole:
		r.keep(chunk)
		chunk, r.lent = r.buf, true
	}
	ev := Event{Kind: MessageEvent, Opcode: r.message, First: true, Final: true, Data: chunk}
	r.message = 0
	return ev, nil
}

// keep appends chunk to what is held.
func (r *Reader) keep(chunk []byte) {
	if len(chunk) > 0 {
		r.buf = append(grow(r.buf, len(chunk)), chunk...)
	}
}

// control takes a piece of a control frame's payload.
func (r *Reader) control(chunk []byte) (Event, error) {
	if r.inFrame || r.ctl != nil {
		if r.ctl == nil {
			r.ctl = new(payload)
		}
		r.ctl.n += uint8(copy(r.ctl.b[r.ctl.n:], chunk))
		if r.inFrame {
			return Event{}, nil
		}
		chunk, r.ctl = r.ctl.b[:r.ctl.n], nil
	}
	switch r.opcode {
	case Ping:
		return Event{Kind: PingEvent, Opcode: Ping, Data: chunk}, nil
	case Pong:
		return Event{Kind: PongEvent, Opcode: Pong, Data: chunk}, nil
	}
	code, reason, err := parseClose(chunk)
	if err != nil {
		return Event{}, err
	}
	r.closed = true
	r.window = nil
	r.drop()
	return Event{Kind: CloseEvent, Opcode: Close, Code: code, Data: reason}, nil
}
