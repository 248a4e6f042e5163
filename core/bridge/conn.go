// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package bridge

import (
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

const (
	readHigh  = protocol.HighWater // above this many unread bytes the transport is paused
	readLow   = readHigh / 4       // at or below this many it is resumed
	writeHigh = protocol.HighWater // Write blocks while so many bytes wait for the loop
)

// A Conn is a net.Conn over a protocol.Transport. Safe from any goroutine; see the package's notes on concurrency.
//
// End of stream is io.EOF. Other errors are *net.OpError around the reason that the protocol was given: errors.Is sees net.ErrClosed, os.ErrDeadlineExceeded and the
// system's errors.
type Conn struct {
	t             protocol.Transport
	loop          protocol.Loop
	local, remote net.Addr
	toFlush       func() // flush, made once
	toResume      func() // t.Resume, made once

	mu       sync.Mutex
	changed  *sync.Cond // on mu: anything below has changed
	in       []byte     // received and not read: in[inOff:]
	inOff    int
	inPaused bool  // the transport's reading is stopped
	inErr    error // what Read returns once in is empty
	out      []byte
	spare    []byte // the other half of a pair with out; nil while the loop writes it
	posted   bool   // a flush is on its way to the loop
	held     bool   // the transport is above its high-water mark
	writing  bool   // a Write is under way: others wait
	outErr   error  // what Write returns
	closed   bool
	rd, wd   deadline
}

var _ net.Conn = (*Conn)(nil)

func newConn(t protocol.Transport) *Conn {
	c := &Conn{t: t, loop: t.Loop(), local: netAddr(t.LocalAddr()), remote: netAddr(t.RemoteAddr())}
	c.toFlush, c.toResume = c.flush, t.Resume
	c.changed = sync.NewCond(&c.mu)
	c.rd.c, c.wd.c = c, c
	return c
}

// netAddr gives users of package net the address types that they look for.
func netAddr(a net.Addr) net.Addr {
	if a, ok := a.(protocol.Addr); ok {
		return a.NetAddr()
	}
	return a
}

// Transport returns the transport below c, whose methods are loop only.
func (c *Conn) Transport() protocol.Transport { return c.t }

// LocalAddr returns this end's address.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// Read reads what has arrived, up to len(p) bytes, and waits when there is nothing.
func (c *Conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, c.fail("read", net.ErrClosed)
		case c.rd.expired:
			return 0, c.fail("read", os.ErrDeadlineExceeded)
		case len(p) == 0:
			return 0, nil
		case len(c.in) > c.inOff:
			return c.take(p), nil
		case c.inErr == io.EOF:
			return 0, io.EOF
		case c.inErr != nil:
			return 0, c.fail("read", c.inErr)
		}
		c.wait("Read")
	}
}

// take moves unread bytes to p. c.mu is held.
func (c *Conn) take(p []byte) int {
	n := copy(p, c.in[c.inOff:])
	c.took(n)
	return n
}

// took notes that n unread bytes are gone, and has the transport read on when there is room. c.mu is held.
func (c *Conn) took(n int) {
	c.inOff += n
	left := len(c.in) - c.inOff
	if left == 0 {
		c.inOff = 0
		if c.in = c.in[:0]; cap(c.in) > 2*readHigh {
			c.in = nil
		}
	}
	if c.inPaused && left <= readLow {
		c.inPaused = false
		c.loop.CallFromThread(c.toResume)
	}
}

// Write queues p, and waits while too much is queued. It returns before the bytes have left; an error that comes later is returned by the next Write. Of several
// Writes at the same time each is sent whole.
func (c *Conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.writing {
		if err := c.writeErr(); err != nil {
			return 0, err
		}
		c.wait("Write")
	}
	c.writing = true
	defer func() {
		c.writing = false
		c.changed.Broadcast()
	}()
	done := 0
	for {
		if err := c.writeErr(); err != nil {
			return done, err
		}
		if done == len(p) {
			return done, nil
		}
		if room := writeHigh - len(c.out); room > 0 {
			n := min(room, len(p)-done)
			c.out = append(c.out, p[done:done+n]...)
			done += n
			c.post()
			if done == len(p) {
				return done, nil
			}
			continue
		}
		c.wait("Write")
	}
}

func (c *Conn) writeErr() error {
	switch {
	case c.closed:
		return c.fail("write", net.ErrClosed)
	case c.wd.expired:
		return c.fail("write", os.ErrDeadlineExceeded)
	case c.outErr != nil:
		return c.fail("write", c.outErr)
	}
	return nil
}

// wait waits for a change. c.mu is held, and given away in between.
func (c *Conn) wait(op string) {
	if c.loop.OnLoop() {
		panic("bridge: " + op + " would have to wait on the loop, which would wait for itself: call it on another goroutine")
	}
	c.changed.Wait()
}

// post has the loop flush what is queued, unless it will anyway. c.mu is held.
func (c *Conn) post() {
	if !c.posted && !c.held {
		c.posted = true
		c.loop.CallFromThread(c.toFlush)
	}
}

// flush gives the transport what is queued. Loop only.
func (c *Conn) flush() {
	c.mu.Lock()
	c.posted = false
	if c.held || len(c.out) == 0 {
		c.mu.Unlock()
		return
	}
	c.drain()
	c.changed.Broadcast()
	c.mu.Unlock()
}

// drain writes the queue whatever its state. c.mu is held, and given away in between. Loop only.
func (c *Conn) drain() {
	b := c.out
	c.out, c.spare = c.spare[:0], nil
	c.mu.Unlock()
	c.t.Write(b)
	c.mu.Lock()
	c.spare = b[:0]
}

// CloseWrite sends what is queued and then the end of stream; reading goes on. It returns an error where the transport cannot do so.
func (c *Conn) CloseWrite() error {
	h, ok := protocol.As[protocol.HalfCloseTransport](c.t)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return c.fail("close", net.ErrClosed)
	case !ok:
		return c.fail("close", errNoHalfClose)
	}
	if c.outErr == nil {
		c.outErr = net.ErrClosed
	}
	c.changed.Broadcast()
	c.loop.CallFromThread(func() {
		c.finish()
		h.LoseWriteConnection()
	})
	return nil
}

// Close ends the connection in an orderly way: what was written is still sent. Reads and Writes that wait return net.ErrClosed.
func (c *Conn) Close() error {
	return c.close(protocol.Transport.LoseConnection)
}

// Abort ends the connection at once and drops what is queued.
func (c *Conn) Abort() error {
	return c.close(protocol.Transport.AbortConnection)
}

func (c *Conn) close(how func(protocol.Transport)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.fail("close", net.ErrClosed)
	}
	c.closed = true
	c.rd.set(time.Time{})
	c.wd.set(time.Time{})
	c.changed.Broadcast()
	c.loop.CallFromThread(func() {
		c.finish()
		how(c.t)
	})
	return nil
}

// finish hands over the rest of the queue, past the mark if need be: there is at most writeHigh of it. Loop only.
func (c *Conn) finish() {
	c.mu.Lock()
	if len(c.out) > 0 {
		c.drain()
	}
	c.mu.Unlock()
	c.t.UnregisterProducer()
}

// SetDeadline sets both deadlines; the zero time means none. Calls that wait are concerned too.
func (c *Conn) SetDeadline(t time.Time) error {
	return c.setDeadlines(t, &c.rd, &c.wd)
}

// SetReadDeadline sets the deadline of Read.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.setDeadlines(t, &c.rd) }

// SetWriteDeadline sets the deadline of Write.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.setDeadlines(t, &c.wd) }

func (c *Conn) setDeadlines(t time.Time, ds ...*deadline) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.fail("set", net.ErrClosed)
	}
	for _, d := range ds {
		d.set(t)
	}
	return nil
}

func (c *Conn) fail(op string, err error) error {
	return &net.OpError{Op: op, Net: c.local.Network(), Source: c.local, Addr: c.remote, Err: err}
}
