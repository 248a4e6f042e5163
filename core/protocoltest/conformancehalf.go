// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"io"

	"github.com/torsion-go/torsion/core/protocol"
)

// A halfProbe is a probe that takes part in half-close.
type halfProbe struct{ *probe }

func (p halfProbe) ReadConnectionLost(t protocol.Transport) {
	defer p.enter(t, "ReadConnectionLost")()
	p.Note("read lost")
}

func (p halfProbe) WriteConnectionLost(t protocol.Transport) {
	defer p.enter(t, "WriteConnectionLost")()
	p.Note("write lost")
}

// A wrapper hides all but the methods of Protocol.
type wrapper struct{ inner protocol.Protocol }

func (w wrapper) Unwrap() protocol.Protocol                   { return w.inner }
func (w wrapper) ConnectionMade(t protocol.Transport)         { w.inner.ConnectionMade(t) }
func (w wrapper) DataReceived(t protocol.Transport, p []byte) { w.inner.DataReceived(t, p) }
func (w wrapper) ConnectionLost(t protocol.Transport, reason error) {
	w.inner.ConnectionLost(t, reason)
}

// loseWrite ends the client's sending direction, or skips the rule.
func (c *conformance) loseWrite() {
	c.t.Helper()
	skip := false
	c.client.run(func(t protocol.Transport) {
		h, ok := protocol.As[protocol.HalfCloseTransport](t)
		if skip = !ok; skip {
			return
		}
		h.LoseWriteConnection()
		h.LoseWriteConnection()
		t.Write([]byte("dropped"))
	})
	if skip {
		c.end()
		c.t.Skip("no HalfCloseTransport")
	}
}

var halfCloseRules = []rule{
	{"half-close ends one direction", func(c *conformance) {
		c.connectAs(halfProbe{c.server}, halfProbe{c.client})
		want := pattern(1 << 20)
		c.client.run(func(t protocol.Transport) { c.client.write(t, want) })
		c.loseWrite()
		c.server.receives(want)
		c.wait(c.server.WhenNoted("read lost"), "ReadConnectionLost of the server")
		c.wait(c.client.WhenNoted("write lost"), "WriteConnectionLost of the client")
		c.server.run(func(t protocol.Transport) { c.server.write(t, want) })
		c.client.receives(want)
		c.settle()
		if c.client.Reason() != nil || c.server.Reason() != nil {
			c.t.Errorf("one direction is open, yet lost by %v and %v", c.server.Reason(), c.client.Reason())
		}
		c.server.run(func(t protocol.Transport) { t.LoseConnection() })
		c.server.loses(protocol.ErrConnectionDone)
		c.client.loses(protocol.ErrConnectionDone)
		count := map[string]int{}
		for _, event := range append(c.client.Events(), c.server.Events()...) {
			count[event]++
		}
		if count["write lost"] != 1 {
			c.t.Errorf("WriteConnectionLost was called %d times", count["write lost"])
		}
	}},
	{"a HalfCloser is found through Unwrap", func(c *conformance) {
		c.connectAs(wrapper{halfProbe{c.server}}, wrapper{halfProbe{c.client}})
		c.loseWrite()
		c.wait(c.server.WhenNoted("read lost"), "ReadConnectionLost of the server")
		c.wait(c.client.WhenNoted("write lost"), "WriteConnectionLost of the client")
	}},
	{"half-close waits for the producer", func(c *conformance) {
		c.connectAs(halfProbe{c.server}, halfProbe{c.client})
		c.client.run(func(t protocol.Transport) {
			h, ok := protocol.As[protocol.HalfCloseTransport](t)
			if !ok {
				return
			}
			c.client.Note("can")
			t.RegisterProducer(&producer{onResume: func() {
				c.client.write(t, []byte("all of it"))
				t.UnregisterProducer()
			}}, protocol.PullProducer)
			h.LoseWriteConnection()
		})
		select {
		case <-c.client.WhenNoted("can"):
		default:
			c.end()
			c.t.Skip("no HalfCloseTransport")
		}
		c.server.receives([]byte("all of it"))
		c.wait(c.server.WhenNoted("read lost"), "ReadConnectionLost of the server")
	}},
	{"a connection ends when both directions have", func(c *conformance) {
		c.connectAs(halfProbe{c.server}, halfProbe{c.client})
		c.loseWrite()
		c.wait(c.server.WhenNoted("read lost"), "ReadConnectionLost of the server")
		c.server.run(func(t protocol.Transport) {
			c.server.write(t, []byte("last"))
			h, _ := protocol.As[protocol.HalfCloseTransport](t)
			h.LoseWriteConnection()
		})
		c.client.receives([]byte("last"))
		c.server.loses(protocol.ErrConnectionDone, io.EOF)
		c.client.loses(protocol.ErrConnectionDone, io.EOF)
	}},
	{"without a HalfCloser the peer's end of stream is the end", func(c *conformance) {
		c.connectAs(c.server, halfProbe{c.client})
		c.loseWrite()
		c.server.loses(protocol.ErrConnectionDone, io.EOF)
		c.client.loses(protocol.ErrConnectionDone)
	}},
}
