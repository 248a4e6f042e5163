// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"io"
	"syscall"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// upcalls is a conn as its poller sees it.
type upcalls conn

var _ poll.StreamHandler = (*upcalls)(nil)

func (u *upcalls) Received(p []byte) {
	c := (*conn)(u)
	if c.ended {
		return
	}
	c.in = true
	defer c.leave()
	c.proto.DataReceived(c.t, p)
	c.in = false
	c.flush()
}

func (u *upcalls) ReceivedFD(fd int) {
	c := (*conn)(u)
	receiver, ok := protocol.As[protocol.FileDescriptorReceiver](c.proto)
	if !ok || c.ended {
		if args, ok := c.loop.r.lines.descriptors.Allow(c.loop.Now()); ok {
			c.log("reactor: received a descriptor that the protocol does not take: closed", args...)
		}
		closeDescriptor(fd)
		return
	}
	c.in = true
	defer c.leave()
	receiver.FileDescriptorReceived(c.t, fd)
}

func (u *upcalls) ReceiveEnded(err error) {
	c := (*conn)(u)
	switch b := c.broken(); {
	case c.ended:
	case b != nil:
		c.lose(b.reason)
	case err != io.EOF:
		c.readClosed = true
		c.lose(lost(err))
	case !c.half || c.writeClosed:
		if c.readClosed = true; c.half {
			c.readConnectionLost()
		}
		c.lose(protocol.Done(io.EOF))
	default:
		c.readClosed = true
		c.receive()
		c.readConnectionLost()
	}
}

func (c *conn) readConnectionLost() {
	c.in = true
	defer c.leave()
	if h, ok := protocol.As[protocol.HalfCloser](c.proto); ok {
		h.ReadConnectionLost(c.t)
	}
}

func (u *upcalls) Sent(n int, err error) {
	c := (*conn)(u)
	if c.ended {
		return
	}
	c.blocked = false
	if c.lent {
		c.lent = false
		c.left(n)
		c.out.passed(n)
		n, c.out.left = n+c.out.left, 0
		c.out.drop(&c.loop.free, n)
	}
	if err != nil {
		if !c.breaks(err) {
			c.lose(lost(err))
		}
		return
	}
	c.flush()
}

// lost returns the reason for an end by a system's error.
func lost(err error) error {
	if errors.Is(err, syscall.ETIMEDOUT) {
		return &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: err}
	}
	return protocol.Lost(err)
}
