// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// This file has the sending half of a conn: the head and the body of a request, and the transport's producer.

// begin sends the head of x.
func (c *conn) begin(x *Exchange) {
	p := c.pool
	head, err := x.append(p.out[:0])
	if cap(head) <= 65536 {
		p.out = head
	}
	if err != nil {
		x.over = true
		p.loop.CallLater(0, func() { x.tell(&Error{PhaseRequest, err}) })
		p.keep(c)
		return
	}
	c.x, x.c, x.started, x.reused = x, c, true, c.used > 0
	c.headed, c.until, c.upgradable, c.news, c.full = false, false, false, false, false
	c.used++
	if x.Length == 0 || x.Content != nil {
		x.finished = true
	} else {
		c.producing = true
		c.t.RegisterProducer(c, protocol.PushProducer)
	}
	switch content := x.Content; {
	case len(content) == 0:
		c.t.Write(head)
	case len(content) <= copyMax:
		head = append(head, content...)
		if p.out = head; cap(head) > 65536 {
			p.out = nil
		}
		c.t.Write(head)
	default:
		c.producing = true // to be told when it has left
		c.t.RegisterProducer(c, protocol.PushProducer)
		c.written += int64(len(head) + len(content))
		if c.t.WriteSequence([][]byte{head, content}); !c.full {
			c.unproduce()
		}
	}
	if x.wroteHeaders(); x.finished && c.x == x {
		x.wroteRequest(nil)
	}
	if c.x == x && x.producer != nil && !c.full {
		x.producer.Resume()
	}
	if c.x == x {
		c.await()
	}
}

const copyMax = 4096

func (c *conn) writeBody(p []byte, chunked bool) {
	c.written += int64(len(p))
	switch out := c.pool.out[:0]; {
	case !chunked:
		c.t.Write(p)
	case len(p) <= copyMax:
		out = append(append(h1.AppendChunkHeader(out, len(p)), p...), '\r', '\n')
		c.t.Write(out)
		c.pool.out = out
	default:
		c.t.WriteSequence([][]byte{h1.AppendChunkHeader(out, len(p)), p, crlf})
	}
}

var crlf = []byte("\r\n")

func (c *conn) finishBody(trailer []h1.Field, chunked bool) {
	if chunked {
		c.t.Write(h1.AppendLastChunk(nil, trailer))
	}
	if !c.full {
		c.sent()
	} else if c.x != nil {
		c.wait(c.between())
	}
}

// sent is called when the request has left, as far as the transport tells.
func (c *conn) sent() {
	c.unproduce()
	if !c.headed && c.x != nil {
		c.await()
	}
}

func (c *conn) unproduce() {
	if c.producing {
		c.producing = false
		if !c.lost {
			c.t.UnregisterProducer()
		}
	}
}

// Pause is called by the transport when the server does not take the request's body.
func (c *conn) Pause() {
	c.full = true
	if c.x != nil && c.x.producer != nil {
		c.x.producer.Pause()
	}
}

// Resume is called by the transport when everything has left.
func (c *conn) Resume() {
	c.full = false
	switch x := c.x; {
	case x == nil:
	case x.finished:
		c.sent()
	case x.producer != nil:
		c.wait(c.between())
		x.producer.Resume()
	}
}

// Stop is called by the transport when the connection is gone; ConnectionLost follows.
func (c *conn) Stop(error) {}
