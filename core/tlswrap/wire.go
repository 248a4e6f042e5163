// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"io"
	"net"
	"time"
)

// wire is a conn as the net.Conn of its tls.Conn: Read takes what has arrived, Write gathers what is to leave. It touches the raw transport never, since
// the handshake calls it from a coroutine.
type wire conn

// wouldBlock is the answer of Read when nothing has arrived. crypto/tls keeps the part of a record that it has and may be asked again after an error that
// says that it is temporary.
type wouldBlock struct{}

func (wouldBlock) Error() string   { return "tlswrap: no input" }
func (wouldBlock) Timeout() bool   { return true }
func (wouldBlock) Temporary() bool { return true }

var errWouldBlock net.Error = wouldBlock{}

// Read suspends the coroutine during the handshake, and answers errWouldBlock afterwards, when no whole record has arrived.
func (w *wire) Read(p []byte) (int, error) {
	c := (*conn)(w)
	for !c.input.next() {
		switch {
		case c.hs == nil:
			return 0, errWouldBlock
		case c.rawEOF:
			return 0, io.ErrUnexpectedEOF
		case !c.hs.yield(struct{}{}):
			return 0, net.ErrClosed
		}
	}
	n := c.input.read(p)
	if c.hs != nil {
		if c.hs.received += n; c.hs.received > c.layer.opt.MaxHandshakeBytes {
			return n, errHandshakeSize
		}
	}
	return n, nil
}

// Write gathers p in out.
func (w *wire) Write(p []byte) (int, error) {
	c := (*conn)(w)
	if c.out == nil {
		c.out = getBuffer()
	}
	*c.out = append(*c.out, p...)
	// An alert record in clear: type 21, two bytes long, the level, the description.
	if c.hs != nil && c.hs.alert != 0 && len(p) == 7 && p[0] == 21 && p[6] == byte(alertInternalError) {
		(*c.out)[len(*c.out)-1] = byte(c.hs.alert)
	}
	return len(p), nil
}

func (w *wire) Close() error                     { return nil }
func (w *wire) LocalAddr() net.Addr              { return w.raw.LocalAddr() }
func (w *wire) RemoteAddr() net.Addr             { return w.raw.RemoteAddr() }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }
