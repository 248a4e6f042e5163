// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package fdstream

import (
	"sync"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/protocol"
)

const (
	readSize  = 64 << 10 // of one read
	chunkSize = 32 << 10 // of what waits to be written
	sendNow   = 16 << 10 // this much doesn't wait for the next turn
	maxVector = 64       // chunks in one write
	maxRest   = 16       // reads in one turn
)

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// An inlet is the reading side as the loop sees it.
type inlet struct {
	c       *core
	watched bool
}

func (i *inlet) FileDescriptor() int         { return i.c.cfg.In }
func (i *inlet) ConnectionLost(reason error) { i.watched = false; i.c.fail(reason) }

func (i *inlet) DoRead() error {
	i.c.read()
	return nil
}

// read reads once and reports whether there was anything, the end included.
func (c *core) read() bool {
	buf := readBuffers.Get().(*[readSize]byte)
	defer readBuffers.Put(buf)
	n, err := retry(func() (int, error) { return unix.Read(c.cfg.In, buf[:]) })
	switch {
	case err == unix.EAGAIN:
		return false
	case err != nil && c.cfg.EndOfFile != nil && c.cfg.EndOfFile(err):
		n, err = 0, nil
	}
	c.received(buf[:max(n, 0)], err)
	return true
}

// An outlet is the writing side as the loop sees it. As a reader it waits for the other end of a pipe to close, which the system tells as an error.
type outlet struct {
	c       *core
	watched bool // as a writer
	broken  bool // as a reader
}

func (o *outlet) FileDescriptor() int { return o.c.cfg.Out }

func (o *outlet) ConnectionLost(reason error) {
	o.watched, o.broken = false, false
	o.c.fail(reason)
}

func (o *outlet) DoWrite() error {
	o.c.turn()
	return nil
}

// DoRead looks whether the other end has closed.
func (o *outlet) DoRead() error {
	fds := []unix.PollFd{{Fd: int32(o.c.cfg.Out)}}
	if _, err := unix.Poll(fds, 0); err == nil && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) == 0 {
		o.unwatchBroken() // readable for another reason, which is nobody's business
		return nil
	}
	o.c.outBroken(unix.EPIPE)
	return nil
}

func (o *outlet) unwatchBroken() {
	if o.broken {
		o.broken = false
		o.c.cfg.Loop.RemoveReader(o)
	}
}

func (o *outlet) unwatch() {
	o.unwatchBroken()
	if o.watched {
		o.watched = false
		o.c.cfg.Loop.RemoveWriter(o)
	}
}

// watchBroken has a pipe that nobody reads any more noticed without a write.
func (c *core) watchBroken() {
	var st unix.Stat_t
	if c.lost || c.cfg.Out < 0 || c.cfg.Out == c.cfg.In || unix.Fstat(c.cfg.Out, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO {
		return
	}
	if c.cfg.Loop.AddReader(&c.out) == nil { // else a write will tell
		c.out.broken = true
	}
}

// update watches what is to be watched now.
func (c *core) update() {
	alive := !c.lost && c.reason == nil
	if read := alive && !c.paused && !c.closing && !c.readClosed; read != c.in.watched {
		c.in.watched = read
		if !read {
			c.cfg.Loop.RemoveReader(&c.in)
		} else if err := c.cfg.Loop.AddReader(&c.in); err != nil {
			c.in.watched = false
			c.fail(protocol.Lost(err))
			return
		}
	}
	if write := alive && c.queued > 0; write != c.out.watched {
		c.out.watched = write
		if !write {
			c.cfg.Loop.RemoveWriter(&c.out)
		} else if err := c.cfg.Loop.AddWriter(&c.out); err != nil {
			c.out.watched = false
			c.fail(protocol.Lost(err))
		}
	}
}

// accept queues a copy of p and reports whether the Stream is still there.
func (c *core) accept(p []byte) bool {
	if !c.open() {
		return false
	}
	for len(p) > 0 {
		if c.queued >= sendNow && !c.out.watched {
			c.send()
		}
		if !c.open() {
			return false
		}
		last := len(c.queue) - 1
		if last < 0 || len(c.queue[last]) == cap(c.queue[last]) {
			c.queue = append(c.queue, make([]byte, 0, min(max(len(p), 512), chunkSize)))
			last++
		}
		n := min(len(p), cap(c.queue[last])-len(c.queue[last]))
		if c.queued+n > c.cfg.MaxBuffered && !c.gate.Streaming() {
			c.fail(&protocol.ConnectionLoss{Class: protocol.ErrBufferOverflow})
			return false
		}
		c.queue[last] = append(c.queue[last], p[:n]...)
		c.queued += n
		c.asked = true
		p = p[n:]
	}
	return true
}

// wrote has what was written sent, and holds a producer up that wrote too much.
func (c *core) wrote() {
	if c.queued >= sendNow && !c.out.watched {
		c.send()
	}
	if c.lost || c.reason != nil || c.queued == 0 && !c.asked {
		return
	}
	if !c.out.watched {
		c.schedule()
	}
	c.gate.Filled(c.queued)
}

// send offers what waits to the system, until that takes no more. It makes no callback; an error ends the Stream on a later turn.
func (c *core) send() {
	for c.queued > 0 && c.reason == nil && c.broken == nil && !c.writeClosed {
		n, err := retry(func() (int, error) { return writev(c.cfg.Out, c.queue[:min(len(c.queue), maxVector)]) })
		if err == unix.EAGAIN || err == nil && n <= 0 {
			return
		}
		if err == unix.EPIPE {
			c.outBroken(err)
			return
		}
		if err != nil {
			c.fail(protocol.Lost(err))
			return
		}
		c.queued -= n
		for n > 0 && n >= len(c.queue[0]) {
			n -= len(c.queue[0])
			c.queue[0] = nil
			c.queue = c.queue[1:]
		}
		if n > 0 {
			c.queue[0] = c.queue[0][n:]
		}
	}
	if c.queued == 0 {
		c.queue = nil
		c.update()
	}
}

func retry(f func() (int, error)) (int, error) {
	for {
		n, err := f()
		if err != unix.EINTR {
			return n, err
		}
	}
}
