// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

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
