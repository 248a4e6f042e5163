// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

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

// Pending returns how many of these bytes are for a message that is half received.
func (r *Reader) Pending() int {
	if r.lent {
		return 0
	}
	return cap(r.buf)
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
