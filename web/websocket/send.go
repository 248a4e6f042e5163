// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"net"
	"sync"
	"unsafe"

	"github.com/torsion-go/torsion/web/internal/ws"
)

// Frames are put together in buffers that come from here.
var scratch = sync.Pool{New: func() any {
	b := make([]byte, 0, 4096)
	return &b
}}

func recycle(b *[]byte) {
	if cap(*b) <= 1<<16 {
		scratch.Put(b)
	}
}

// Send sends a message. p is not kept. The error is [ErrSlow], [ErrParts], or net.ErrClosed if the connection is being closed; nothing of the message is sent then. Text has to be UTF-8: the peer
// closes the connection over anything else.
func (c *Conn) Send(kind Kind, p []byte) error {
	if err := c.begins(len(p)); err != nil {
		return err
	}
	c.send(kind, p)
	return nil
}

// SendText sends a text message, as Send does.
func (c *Conn) SendText(s string) error {
	return c.Send(Text, unsafe.Slice(unsafe.StringData(s), len(s))) // which does not change it
}

// Write sends p as a binary message, as Send does.
func (c *Conn) Write(p []byte) (int, error) {
	if err := c.Send(Binary, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// SendPart sends a part of a message: the first one if the one before was the last of its message. last ends it; p may be empty. Other messages have to wait until then, pings do not. Errors as Send.
func (c *Conn) SendPart(kind Kind, p []byte, last bool) error {
	if c.inParts && kind != c.partKind {
		return ErrParts
	}
	c.catchUp()
	if err := c.sendable(len(p)); err != nil {
		return err
	}
	c.inParts, c.partKind = !last, kind
	b := scratch.Get().(*[]byte)
	*b = c.writer.AppendFragment((*b)[:0], ws.Opcode(kind), p, last)
	c.write(*b)
	recycle(b)
	if last {
		c.pumpHubs()
	}
	return nil
}

// direct is the length in bytes from which on a message is not copied.
const direct = 4096

// send sends a message that may be sent.
func (c *Conn) send(kind Kind, p []byte) {
	b := scratch.Get().(*[]byte)
	if len(p) >= direct && c.writer.Role == ws.Server && !c.writer.Compresses(len(p)) {
		*b = c.writer.AppendHead((*b)[:0], ws.Opcode(kind), len(p))
		c.write(*b)
		c.write(p)
	} else {
		*b = c.writer.AppendMessage((*b)[:0], ws.Opcode(kind), p)
		c.write(*b)
	}
	recycle(b)
}

func (c *Conn) write(p []byte) {
	if c.x != nil {
		c.x.written += int64(len(p))
	}
	c.t.Write(p)
}

// begins tells whether a message of n bytes may be sent.
func (c *Conn) begins(n int) error {
	if c.inParts {
		return ErrParts
	}
	c.catchUp()
	return c.sendable(n)
}

// sendable tells whether n bytes may be sent.
func (c *Conn) sendable(n int) error {
	if c.lost || c.stage >= stageClosed || c.stage == stageClosing && c.x.producer == nil {
		return net.ErrClosed
	}
	if waits := c.Buffered(); waits > 0 && waits+n > c.set.Queue {
		c.set.stats.slow.Add(1)
		if c.set.Slow == Disconnect {
			c.tooSlow()
		}
		return ErrSlow
	}
	return nil
}

// Buffered returns how many bytes wait to be sent, because the peer does not read.
func (c *Conn) Buffered() int {
	if c.queue == nil || c.lost {
		return 0
	}
	return c.queue.Buffered()
}
