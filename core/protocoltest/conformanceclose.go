// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"errors"
	"io"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

var closeRules = []rule{
	{"LoseConnection sends what is queued", func(c *conformance) {
		c.connect()
		want := pattern(2 << 20)
		c.client.run(func(t protocol.Transport) {
			c.client.write(t, want)
			t.LoseConnection()
			t.LoseConnection()
			c.client.writeRefused(t)
		})
		c.server.receives(want)
		c.client.loses(protocol.ErrConnectionDone, net.ErrClosed)
		c.server.loses(protocol.ErrConnectionDone, io.EOF)
	}},
	{"LoseConnection inside ConnectionMade and DataReceived", func(c *conformance) {
		c.client.OnMade = func(t protocol.Transport) {
			c.client.write(t, []byte("bye"))
			t.LoseConnection()
		}
		c.server.OnData = func(t protocol.Transport, _ []byte) { t.LoseConnection() }
		c.connect()
		c.client.loses(net.ErrClosed)
		c.server.loses(protocol.ErrConnectionDone)
	}},
	{"LoseConnection waits for the producer", func(c *conformance) {
		c.connect()
		var p producer
		c.client.run(func(t protocol.Transport) {
			if err := t.RegisterProducer(&p, protocol.PushProducer); err != nil {
				c.t.Errorf("RegisterProducer: %v", err)
			}
			t.LoseConnection()
			c.client.write(t, []byte("one "))
		})
		c.settle()
		c.client.run(func(t protocol.Transport) {
			if c.client.Reason() != nil {
				c.t.Errorf("lost while a producer is registered")
			}
			c.client.write(t, []byte("two"))
			t.UnregisterProducer()
			c.client.writeRefused(t)
		})
		c.server.receives([]byte("one two"))
		c.client.loses(protocol.ErrConnectionDone, net.ErrClosed)
		if p.stopped != nil {
			c.t.Errorf("a producer that had unregistered was stopped")
		}
	}},
	{"LoseConnection stops reading at once", func(c *conformance) {
		c.connect()
		c.client.run(func(t protocol.Transport) {
			t.RegisterProducer(&producer{}, protocol.PushProducer) // keeps the connection open
			t.LoseConnection()
		})
		c.server.run(func(t protocol.Transport) { c.server.write(t, []byte("unread")) })
		c.settle()
		c.client.run(func(t protocol.Transport) {
			t.Resume() // is ignored
			t.Pause()
			t.Resume()
		})
		c.settle()
		if n := c.client.Len(); n != 0 {
			c.t.Errorf("%d bytes were delivered after LoseConnection", n)
		}
		c.client.run(func(t protocol.Transport) { t.UnregisterProducer() })
		c.client.loses(net.ErrClosed)
	}},
	{"LoseConnection inside DataReceived delivers nothing more", func(c *conformance) {
		calls := 0
		c.client.OnData = func(t protocol.Transport, _ []byte) {
			calls++
			t.LoseConnection()
		}
		c.server.OnMade = func(t protocol.Transport) { c.server.writeMany(t) }
		c.connect()
		c.client.loses(net.ErrClosed)
		if calls != 1 {
			c.t.Errorf("DataReceived was called %d times", calls)
		}
	}},
	{"Stop is LoseConnection", func(c *conformance) {
		c.connect()
		c.client.run(func(t protocol.Transport) {
			c.client.write(t, []byte("last"))
			t.Stop(nil)
		})
		c.server.receives([]byte("last"))
		c.client.loses(protocol.ErrConnectionDone, net.ErrClosed)
	}},
	{"AbortConnection drops what is queued", func(c *conformance) {
		c.server.OnMade = func(t protocol.Transport) { t.Pause() }
		c.connect()
		const size = 15 << 20
		var p producer
		c.client.run(func(t protocol.Transport) {
			for range size / 65536 {
				c.client.write(t, make([]byte, 65536))
			}
			t.RegisterProducer(&p, protocol.PushProducer)
			t.AbortConnection()
			t.AbortConnection()
			if n, err := t.Write([]byte("too late")); n != 0 || !errors.Is(err, net.ErrClosed) {
				c.t.Errorf("Write after AbortConnection returned %d, %v; want 0, net.ErrClosed", n, err)
			}
			if c.client.Reason() != nil {
				c.t.Error("ConnectionLost was called inside AbortConnection")
			}
		})
		c.client.loses(protocol.ErrConnectionAborted, protocol.ErrConnectionLost, net.ErrClosed)
		c.client.run(func(t protocol.Transport) {
			c.client.writeRefused(t)
			if !errors.Is(p.stopped, protocol.ErrConnectionAborted) {
				c.t.Errorf("Stop of the producer got %v", p.stopped)
			}
		})
		c.server.run(func(t protocol.Transport) { t.Resume() })
		c.server.loses()
		if n := c.server.Len(); n >= size {
			c.t.Errorf("all of the %d bytes arrived", n)
		}
	}},
	{"AbortConnection inside DataReceived is followed by ConnectionLost only", func(c *conformance) {
		calls := 0
		c.client.OnData = func(t protocol.Transport, _ []byte) {
			calls++
			t.AbortConnection()
		}
		c.server.OnMade = func(t protocol.Transport) { c.server.writeMany(t) }
		c.connect()
		c.client.loses(protocol.ErrConnectionAborted)
		c.server.loses()
		if calls != 1 {
			c.t.Errorf("DataReceived was called %d times", calls)
		}
	}},
	{"AbortConnection after LoseConnection", func(c *conformance) {
		c.server.OnMade = func(t protocol.Transport) { t.Pause() }
		c.connect()
		c.client.run(func(t protocol.Transport) {
			for range 15 << 20 / 65536 {
				c.client.write(t, make([]byte, 65536))
			}
			t.LoseConnection()
		})
		c.settle()
		c.client.run(func(t protocol.Transport) { t.AbortConnection() })
		c.client.loses(protocol.ErrConnectionAborted)
	}},
}
