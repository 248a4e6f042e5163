// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"fmt"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

const (
	// fullRiders is how many queued descriptors hold a producer up. Twisted: _fdLimit.
	fullRiders = 64
	// maxRiders bounds them: the system has a limit on descriptors in flight too.
	maxRiders = 1024
)

// A rider is a descriptor that waits to be passed with a byte of data: the one after `after` bytes of what was queued when it was queued.
type rider struct {
	fd    int
	after int // bytes to be sent before it, counted from the rider before
}

// SendFileDescriptor queues a copy of fd. It is checked when the callback returns: by then at least one byte per descriptor has to be written.
func (c *unixConn) SendFileDescriptor(fd int) error {
	c.check("reactor: Transport.SendFileDescriptor")
	return c.sendFileDescriptor(fd)
}

func (c *conn) sendFileDescriptor(fd int) error {
	if !c.writable() {
		return net.ErrClosed
	}
	if c.out == nil {
		c.out = c.loop.free.outbox()
	}
	o := c.out
	if len(o.fds) >= maxRiders {
		return fmt.Errorf("reactor: SendFileDescriptor: %d descriptors are queued: %w", len(o.fds), protocol.ErrBufferOverflow)
	}
	dup, err := duplicate(fd)
	if err != nil {
		return fmt.Errorf("reactor: SendFileDescriptor: %w", err)
	}
	after := c.queued
	for _, r := range o.fds {
		after -= r.after + 1
	}
	o.fds = append(o.fds, rider{dup, max(after, 0)})
	c.touch()
	if len(o.fds) > fullRiders && c.gate().Streaming() {
		c.filled(protocol.HighWater + 1)
	}
	return nil
}

// riderDistance returns how many bytes go before the next descriptor.
func (c *conn) riderDistance() int { return min(c.out.fds[0].after, c.queued) }

// sendRider sends one byte with the next descriptor and reports whether it went. The next upcall of Sent tells when to try again.
func (c *conn) sendRider() bool {
	o := c.out
	vec, _ := o.vector(1)
	n, err := c.stream.SendFD(vec[0], []int{o.fds[0].fd})
	if err != nil {
		c.sendFailed(err)
		return false
	}
	if n == 0 {
		c.blocked = true
		return false
	}
	closeDescriptor(o.fds[0].fd)
	o.fds = o.fds[1:]
	c.left(n)
	o.drop(&c.loop.free, n)
	return true
}

// passed tells the riders that n more bytes left.
func (o *outbox) passed(n int) {
	if len(o.fds) > 0 {
		o.fds[0].after -= n
	}
}

// checkRiders ends the connection when there are more descriptors than bytes to carry them.
func (c *conn) checkRiders() {
	if c.ended || c.out == nil || len(c.out.fds) == 0 {
		return
	}
	need := 0
	for _, r := range c.out.fds {
		need += r.after + 1
	}
	if need > c.queued {
		c.end(&protocol.ConnectionLoss{Class: protocol.ErrFileDescriptorOverrun}, false)
	}
}

// dropRiders closes the descriptors that will not be sent.
func (c *conn) dropRiders() {
	for _, r := range c.out.fds {
		closeDescriptor(r.fd)
	}
	c.out.fds = nil
}
