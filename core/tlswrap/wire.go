// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"io"
	"net"
	"sync"
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

// Read suspends the coroutine during the handshake, and answers errWouldBlock afterwards, when nothing has arrived.
func (w *wire) Read(p []byte) (int, error) {
	c := (*conn)(w)
	for len(c.in) == 0 {
		switch {
		case c.hs == nil:
			return 0, errWouldBlock
		case c.rawEOF:
			return 0, io.ErrUnexpectedEOF
		case !c.hs.yield(struct{}{}):
			return 0, net.ErrClosed
		}
	}
	n := c.take(p)
	if c.hs != nil {
		if c.hs.received += n; c.hs.received > c.layer.opt.MaxHandshakeBytes {
			return n, errHandshakeSize
		}
	}
	return n, nil
}

// take copies from in to p, but never past the end of a record: so the buffer of tls.Conn, which it keeps for good, stays at the size of the largest record, and
// an empty in at the end of a record means that there is nothing to ask tls.Conn for.
func (c *conn) take(p []byte) int {
	n := 0
	if c.recordLeft == 0 {
		for c.headerLen < recordHeader && n < min(len(p), len(c.in)) {
			c.header[c.headerLen] = c.in[n]
			c.headerLen++
			n++
		}
		if c.headerLen == recordHeader {
			c.headerLen = 0
			c.recordLeft = int(c.header[3])<<8 | int(c.header[4])
		}
	}
	body := min(len(p)-n, len(c.in)-n, c.recordLeft)
	c.recordLeft -= body
	n += body
	copy(p, c.in[:n])
	c.in = c.in[n:]
	return n
}

// dry reports whether tls.Conn can have nothing to deliver.
func (c *conn) dry() bool { return len(c.in) == 0 && c.recordLeft == 0 && c.headerLen == 0 && !c.more }

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

// recordHeader is the size of a record's header: type, version, length.
const recordHeader = 5

// Sizes of the shared buffers, in bytes. One that has grown above maxPooled is left to the garbage collector.
const (
	readSize  = 32 << 10
	maxPooled = 128 << 10
)

var (
	buffers     = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}
	readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}
)

func getBuffer() *[]byte { return buffers.Get().(*[]byte) }

func putBuffer(b *[]byte) {
	if cap(*b) > maxPooled {
		return
	}
	*b = (*b)[:0]
	buffers.Put(b)
}
