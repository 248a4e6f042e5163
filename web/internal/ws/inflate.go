// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import (
	"bytes"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
)

// tail stands in for the four bytes that a sender takes off each message (RFC 7692 section 7.2.2), and ends the stream with an empty final block, so that a message which is
// cut off can be told from one that is complete.
const tail = "\x00\x00\xff\xff" + "\x01\x00\x00\xff\xff"

// An inflater inflates one message. They are pooled: one holds some 40 KiB.
type inflater struct {
	src   bytes.Reader
	flate io.Reader
	own   window // of a message that is inflated in pieces
	piece []byte // of it, lent
	total int64  // bytes that came out
	size  int64  // of the message as received
}

var inflaters = sync.Pool{New: func() any {
	z := &inflater{own: window{max: maxWindow}}
	z.flate = flate.NewReader(&z.src)
	return z
}}

// start begins a message: p, with tail behind it.
func (z *inflater) start(p, dict []byte) {
	z.src.Reset(p)
	z.total, z.size = 0, int64(len(p)-len(tail))
	z.restart(dict)
}

func (z *inflater) restart(dict []byte) { z.flate.(flate.Resetter).Reset(&z.src, dict) }

func (z *inflater) put() {
	z.src.Reset(nil)
	z.own.b = z.own.b[:0]
	free(z.piece)
	z.piece = nil
	inflaters.Put(z)
}

// read reads some of the message. again means that its sender has ended the DEFLATE stream inside of it (RFC 7692 section 7.2.3.5): restart, and read on.
func (z *inflater) read(b []byte) (n int, done, again bool, err error) {
	n, err = z.flate.Read(b)
	z.total += int64(n)
	if err == nil {
		return n, false, false, nil
	}
	if err != io.EOF {
		return n, false, false, errInflate
	}
	switch rest := z.src.Len() - len(tail); {
	case rest > 0:
		return n, false, true, nil
	case rest == 0, rest == -4, rest == -len(tail): // a final block of the sender's before or with the four bytes, or else ours
		return n, true, false, nil
	}
	return n, false, false, errInflate // the message is cut off, and what is missing was made up from the tail
}

// judge checks what came out against the limits.
func (r *Reader) judgeSize(z *inflater) error {
	l := r.Limits
	if l == nil {
		l = &defaults
	}
	if z.total > l.held() && (l.Message >= 0 || !r.Stream) {
		return ErrMessageSize
	}
	if ratio := int64(or(l.Ratio, DefaultRatio)); ratio > 0 && z.total > ratioFree && z.total/ratio > z.size {
		return ErrRatio
	}
	return nil
}

// inflated returns the message that buf holds, or its first piece.
func (r *Reader) inflated() (Event, error) {
	r.keep([]byte(tail))
	z := inflaters.Get().(*inflater)
	z.start(r.buf, r.window.bytes())
	r.inflating = z
	if r.Stream {
		return r.more()
	}
	out := grow(nil, smallBuffer)
	for done := false; !done; {
		if len(out) == cap(out) {
			out = grow(out, len(out))
		}
		n, end, again, err := z.read(out[len(out):cap(out)])
		out = out[:len(out)+n]
		if err == nil {
			err = r.judgeSize(z)
		}
		if err != nil {
			free(out)
			return Event{}, err
		}
		if again {
			w := window{max: maxWindow}
			w.add(r.window.bytes())
			w.add(out)
			z.restart(w.b)
		}
		done = end
	}
	z.put()
	free(r.buf)
	r.inflating, r.buf, r.lent = nil, out, true
	if r.message == Text && !utf8.Valid(out) {
		return Event{}, errUTF8
	}
	if r.window != nil {
		r.window.add(out)
	}
	ev := Event{Kind: MessageEvent, Opcode: r.message, First: true, Final: true, Data: out}
	r.message = 0
	return ev, nil
}

// more returns the next piece of the message that is being inflated.
func (r *Reader) more() (Event, error) {
	z, w := r.inflating, r.window
	if w == nil {
		w = &z.own
	}
	if z.piece == nil {
		z.piece = grow(nil, largeBuffer)
	}
	piece := z.piece[:0]
	for {
		n, done, again, err := z.read(piece[len(piece):cap(piece)])
		fresh := piece[len(piece) : len(piece)+n]
		piece = piece[:len(piece)+n]
		if err == nil {
			err = r.judgeSize(z)
		}
		if err == nil && r.message == Text && (!r.text.feed(fresh) || done && !r.text.whole()) {
			err = errUTF8
		}
		if err != nil {
			return Event{}, err
		}
		w.add(fresh)
		if again {
			z.restart(w.b)
		}
		if !done && len(piece) < cap(piece) {
			continue
		}
		ev := Event{Kind: DataEvent, Opcode: r.message, First: !r.told, Final: done, Data: piece}
		r.told = true
		if done {
			z.piece = nil
			z.put()
			free(r.buf)
			r.message, r.inflating, r.buf, r.lent = 0, nil, piece, true
		}
		return ev, nil
	}
}
