// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"bytes"
	"errors"
	"io"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

var lifeRules = []rule{
	{"made, data, lost, each once and in order", func(c *conformance) {
		c.server.OnData = func(t protocol.Transport, p []byte) { c.server.write(t, p) }
		c.client.OnMade = func(t protocol.Transport) { c.client.write(t, []byte("hello")) }
		c.connect()
		c.client.receives([]byte("hello"))
		c.client.run(func(t protocol.Transport) { t.LoseConnection() })
		c.client.loses(protocol.ErrConnectionDone, net.ErrClosed)
		c.server.loses(protocol.ErrConnectionDone, io.EOF)
		c.client.run(func(t protocol.Transport) {
			c.client.writeRefused(t)
			t.LoseConnection()
			t.AbortConnection()
			t.Pause()
			t.Resume()
			t.UnregisterProducer()
		})
	}},
	{"both sides write in ConnectionMade", func(c *conformance) {
		c.server.OnMade = func(t protocol.Transport) { c.server.write(t, []byte("220 ready")) }
		c.client.OnMade = func(t protocol.Transport) { c.client.write(t, []byte("EHLO")) }
		c.connect()
		c.client.receives([]byte("220 ready"))
		c.server.receives([]byte("EHLO"))
	}},
	{"writes are copied and keep their order", func(c *conformance) {
		c.connect()
		want := pattern(30000)
		c.client.run(func(t protocol.Transport) {
			scratch := make([]byte, 500)
			for i := 0; i < len(want); i += 1000 {
				copy(scratch, want[i:])
				c.client.write(t, scratch)
				copy(scratch, want[i+500:])
				if n, err := t.WriteSequence([][]byte{scratch[:100], nil, scratch[100:]}); n != 500 || err != nil {
					c.t.Errorf("WriteSequence of 500 bytes returned %d, %v", n, err)
				}
				clear(scratch)
			}
			if n, err := t.Write(nil); n != 0 || err != nil {
				c.t.Errorf("Write of nothing returned %d, %v", n, err)
			}
		})
		c.server.receives(want)
	}},
	{"what was delivered may be changed", func(c *conformance) {
		c.server.OnData = func(t protocol.Transport, p []byte) {
			copy(p, bytes.ToUpper(p))
			c.server.write(t, p)
			clear(p)
		}
		c.connect()
		c.client.run(func(t protocol.Transport) { c.client.write(t, []byte("lent until return")) })
		c.client.receives([]byte("LENT UNTIL RETURN"))
	}},
	{"Write does not wait for the peer", func(c *conformance) {
		c.server.OnMade = func(t protocol.Transport) { t.Pause() }
		c.connect()
		want := pattern(12 << 20)
		c.client.run(func(t protocol.Transport) {
			c.client.write(t, want)
			if b, ok := protocol.As[protocol.BufferedTransport](t); ok && b.Buffered() > len(want) {
				c.t.Errorf("Buffered is %d after a write of %d", b.Buffered(), len(want))
			}
		})
		c.server.run(func(t protocol.Transport) { t.Resume() })
		c.server.receives(want)
		c.settle()
		c.client.run(func(t protocol.Transport) {
			if b, ok := protocol.As[protocol.BufferedTransport](t); ok && b.Buffered() != 0 {
				c.t.Errorf("Buffered is %d when everything has arrived", b.Buffered())
			}
		})
	}},
	{"the addresses are each other's", func(c *conformance) {
		c.connect()
		addresses := func(p *probe) (local, remote string) {
			p.run(func(t protocol.Transport) { local, remote = t.LocalAddr().String(), t.RemoteAddr().String() })
			return local, remote
		}
		sl, sr := addresses(c.server)
		cl, cr := addresses(c.client)
		if sl != cr || cl != sr {
			c.t.Errorf("server at %s with peer %s, client at %s with peer %s", sl, sr, cl, cr)
		}
	}},
	{"a panic ends its own connection only", func(c *conformance) {
		other := &conformance{t: c.t, h: c.h}
		other.server, other.client = &probe{c: other, name: "other server"}, &probe{c: other, name: "other client"}
		other.server.peer, other.client.peer = other.client, other.server
		other.connect()
		broken := errors.New("broken")
		c.server.OnData = func(protocol.Transport, []byte) { panic(broken) }
		c.connect()
		c.client.run(func(t protocol.Transport) { c.client.write(t, []byte("x")) })
		c.server.loses(protocol.ErrConnectionLost, broken)
		if p, ok := errors.AsType[*protocol.PanicError](c.server.Reason()); !ok || len(p.Stack) == 0 {
			c.t.Errorf("lost by %v, want a *PanicError with its stack", c.server.Reason())
		}
		c.client.loses()
		other.client.run(func(t protocol.Transport) { other.client.write(t, []byte("alive")) })
		other.server.receives([]byte("alive"))
		other.end()
	}},
}
