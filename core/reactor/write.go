// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"net"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

func (c *conn) Write(p []byte) (int, error) {
	c.check("reactor: Transport.Write")
	if upper := c.upper(); upper != nil {
		return upper.Write(p)
	}
	return c.write(p)
}

func (c *conn) WriteSequence(v [][]byte) (int, error) {
	c.check("reactor: Transport.WriteSequence")
	if upper := c.upper(); upper != nil {
		return upper.WriteSequence(v)
	}
	return c.writeSequence(v)
}

func (c *conn) write(p []byte) (int, error) {
	if !c.writable() || !c.enqueue(p) {
		return 0, net.ErrClosed
	}
	c.wrote()
	return len(p), nil
}

func (c *conn) writeSequence(v [][]byte) (int, error) {
	n := 0
	for _, p := range v {
		if !c.writable() || !c.enqueue(p) {
			return n, net.ErrClosed
		}
		n += len(p)
	}
	c.wrote()
	return n, nil
}

// writable reports whether data is still taken: after LoseConnection and LoseWriteConnection only a producer's is.
func (c *conn) writable() bool {
	return !c.ended && !c.draining && !c.writeClosed && (!c.closing && !c.writeClosing || c.gate().Registered())
}

// enqueue takes p: it copies what cannot be sent from where it is, and sends when there is enough. It reports whether the connection is still there.
func (c *conn) enqueue(p []byte) bool {
	if c.out == nil && len(p) > 0 {
		c.out = c.loop.free.outbox()
	}
	if len(p) >= sendNow && !c.lent && !c.blocked && c.nextFile() == nil && len(c.out.fds) == 0 {
		if p = c.sendThrough(p); c.out == nil {
			return false
		}
	}
	for len(p) > 0 {
		if !c.lent && c.queued >= sendBurst {
			if c.send(); c.out == nil {
				return false
			}
		}
		if (c.lent || c.blocked || c.nextFile() != nil) && c.queued+len(p) > c.max() && !c.gate().Streaming() {
			c.overflow()
		}
		if c.ended {
			return false
		}
		n := c.out.put(&c.loop.free, p)
		c.queued += n
		p = p[n:]
	}
	return true
}

// sendThrough sends what waits and a large p behind it, p from where it is if the poller can do that, and returns what is left of p.
func (c *conn) sendThrough(p []byte) []byte {
	s, ok := c.stream.(poll.DirectSender)
	if !ok || c.ended {
		return p
	}
	waiting := c.queued
	vec, size := c.out.vector(waiting)
	if size < waiting {
		return p
	}
	vec = append(vec, p)
	n, err := s.SendNow(vec)
	vec[len(vec)-1] = nil // the caller's
	c.out.vec = vec
	if err != nil {
		c.sendFailed(err)
		return p
	}
	c.queued -= min(n, waiting)
	c.out.drop(&c.loop.free, min(n, waiting))
	return p[max(n-waiting, 0):]
}

// overflow ends the connection because its peer does not read.
func (c *conn) overflow() {
	c.loop.r.counters.overflows.Add(1)
	if args, ok := c.loop.r.lines.overflows.Allow(c.loop.Now(), "queued", c.queued, "bound", c.max()); ok {
		c.log("reactor: too much unsent data: the connection ends", args...)
	}
	c.end(&protocol.ConnectionLoss{Class: protocol.ErrBufferOverflow}, true)
}

// wrote sends what was gathered, now or soon, and holds a producer up that wrote too much.
func (c *conn) wrote() {
	if !c.lent && c.queued >= sendNow {
		c.send()
	}
	if c.ended {
		return
	}
	c.touch()
	if waiting := c.waiting(); waiting > protocol.HighWater && c.gate().Streaming() {
		c.filled(waiting)
	}
}

// touch sees to it that the connection is flushed: when its callback returns, or when the pass ends.
func (c *conn) touch() {
	if !c.in && !c.dirty {
		c.dirty = true
		c.loop.dirty = append(c.loop.dirty, c)
		c.loop.hosted.nudge()
	}
}

// send offers what waits to the system, until that takes no more. It makes no callback.
func (c *conn) send() {
	for !c.ended && !c.lent && !c.blocked {
		limit, file := c.queued, c.nextFile()
		if file != nil {
			limit = file.after
		} else if limit == 0 {
			return
		}
		if len(c.out.fds) > 0 && limit > 0 {
			distance := c.riderDistance()
			if distance == 0 {
				if !c.sendRider() {
					return
				}
				continue
			}
			if distance < limit {
				limit, file = distance, nil
			}
		}
		if file != nil && c.pushFile(file) {
			continue
		}
		if limit == 0 || c.ended || c.blocked {
			return
		}
		vec, size := c.out.vector(limit)
		n, err := c.stream.Send(vec)
		c.left(n)
		c.out.passed(n)
		if err != nil {
			c.sendFailed(err)
			return
		}
		if n < size {
			c.lent, c.out.left = true, n
			return
		}
		c.out.drop(&c.loop.free, n)
	}
}

// flush sends what waits. When nothing is left it asks the producer for more, and does what was put off until then. It is never called from
// inside a callback of the connection, but makes some.
func (c *conn) flush() {
	if c.ended {
		return
	}
	if c.queued > 0 || c.filing {
		if c.filing {
			c.out.files.share = fileShare
		}
		c.send()
		if c.filing {
			c.tellFiles()
		}
		if c.ended || c.queued > 0 || c.filing {
			c.checkRiders()
			return
		}
	}
	if c.checkRiders(); c.ended {
		return
	}
	emptied := c.out != nil
	if emptied {
		c.loop.free.putOutbox(c.out)
		c.out = nil
	}
	switch {
	case c.draining && !c.closing:
		c.lose(protocol.Lost(ErrStopped))
	case c.draining:
		c.lose(protocol.Done(net.ErrClosed))
	case c.gate().Registered():
		if emptied && c.gate().Waiting() { // a pull producer is asked for one piece each time that there is nothing left of the one before
			c.drained()
		}
	case c.closing:
		c.end(protocol.Done(net.ErrClosed), false)
	case c.writeClosing && !c.writeClosed:
		c.closeWrite()
	}
}

// filled and drained call the producer, which is the user's.
func (c *conn) filled(n int) {
	defer c.guardProducer()
	c.gate().Filled(n)
}

func (c *conn) drained() {
	defer c.guardProducer()
	c.gate().Drained()
}

// guardProducer is deferred where a producer is called.
func (c *conn) guardProducer() {
	if v := recover(); v != nil {
		c.panicked(v)
	}
}

func (c *conn) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	c.check("reactor: Transport.RegisterProducer")
	if upper := c.upper(); upper != nil {
		return upper.RegisterProducer(p, mode)
	}
	return c.registerProducer(p, mode)
}

func (c *conn) registerProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	defer c.guardProducer()
	return c.rest().gate.Register(p, mode, c.writable(), c.waiting())
}

func (c *conn) UnregisterProducer() {
	c.check("reactor: Transport.UnregisterProducer")
	if upper := c.upper(); upper != nil {
		upper.UnregisterProducer()
		return
	}
	c.unregisterProducer()
}

func (c *conn) unregisterProducer() {
	if c.gate().Unregister() && (c.closing || c.writeClosing) {
		c.touch()
	}
}

func (c *conn) Buffered() int {
	c.check("reactor: Transport.Buffered")
	if b, ok := protocol.As[protocol.BufferedTransport](c.upper()); ok {
		return b.Buffered()
	}
	return c.waiting()
}

func (c *conn) SetMaxBuffered(n int) {
	c.check("reactor: Transport.SetMaxBuffered")
	if b, ok := protocol.As[protocol.BufferedTransport](c.upper()); ok {
		b.SetMaxBuffered(n)
		return
	}
	c.setMaxBuffered(n)
}

func (c *conn) setMaxBuffered(n int) {
	if n <= 0 {
		n = protocol.DefaultMaxBuffered
	}
	c.rest().max = n
}
