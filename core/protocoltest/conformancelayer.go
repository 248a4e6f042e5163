// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"bytes"
	"errors"

	"github.com/torsion-go/torsion/core/protocol"
)

// An xorLayer is a layer as TLS is one: what it passes is changed on the wire. It is both the outer protocol and, by its upper, the transport of the inner.
type xorLayer struct {
	protocol.Transport // raw
	self               protocol.Transport
	inner              protocol.Protocol
	seen               []byte // from the wire
	producer           protocol.Producer
}

func xor(p []byte) []byte {
	q := bytes.Clone(p)
	for i := range q {
		q[i] ^= 0x5a
	}
	return q
}

func (l *xorLayer) Unwrap() protocol.Transport { return l.Transport }

func (l *xorLayer) Write(p []byte) (int, error) { return l.Transport.Write(xor(p)) }

func (l *xorLayer) WriteSequence(v [][]byte) (int, error) { return l.Write(bytes.Join(v, nil)) }

func (l *xorLayer) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	l.producer = p
	return l.Transport.RegisterProducer(p, mode)
}

func (l *xorLayer) outer() protocol.Protocol { return xorOuter{l} }

type xorOuter struct{ l *xorLayer }

func (o xorOuter) Unwrap() protocol.Protocol         { return o.l.inner }
func (o xorOuter) ConnectionMade(protocol.Transport) {}

func (o xorOuter) DataReceived(_ protocol.Transport, p []byte) {
	o.l.seen = append(o.l.seen, p...)
	o.l.inner.DataReceived(o.l.self, xor(p))
}

func (o xorOuter) ConnectionLost(_ protocol.Transport, reason error) {
	o.l.inner.ConnectionLost(o.l.self, reason)
}

// put interposes a xorLayer, or notes that it cannot be.
func (l *xorLayer) put(p *probe, t protocol.Transport) bool {
	i, ok := protocol.As[protocol.Interposer](t)
	if !ok {
		return false
	}
	err := i.Interpose(func(raw, self protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error) {
		if self != t {
			p.c.t.Errorf("%s: Interpose gave another transport than the protocol's own as self", p.name)
		}
		l.Transport, l.self, l.inner = raw, self, inner
		return l.outer(), l, nil
	})
	if err != nil {
		p.c.t.Errorf("%s: Interpose: %v", p.name, err)
	}
	return err == nil
}

var layerRules = []rule{
	{"a layer is put on while in use", func(c *conformance) {
		var server, client xorLayer
		c.server.OnData = func(t protocol.Transport, p []byte) {
			if string(c.server.Data()) == "START\n" {
				c.server.write(t, []byte("GO\n"))
				server.put(c.server, t)
			}
		}
		c.connect()
		can := false
		c.client.run(func(t protocol.Transport) {
			_, can = protocol.As[protocol.Interposer](t)
			if can {
				c.client.write(t, []byte("START\n"))
			}
		})
		if !can {
			c.end()
			c.t.Skip("no Interposer")
		}
		c.client.receives([]byte("GO\n"))
		var p producer
		c.client.run(func(t protocol.Transport) {
			t.RegisterProducer(&p, protocol.PushProducer)
			if client.put(c.client, t) && client.producer == nil {
				c.t.Error("the registered producer has not moved to upper")
			}
			c.client.write(t, []byte("secret"))
			t.UnregisterProducer()
		})
		c.server.receives([]byte("START\nsecret"))
		c.server.run(func(t protocol.Transport) {
			if want := xor([]byte("secret")); !bytes.Equal(server.seen, want) {
				c.t.Errorf("the wire carried %q, want %q", server.seen, want)
			}
			c.server.write(t, []byte("answer"))
			t.LoseConnection()
		})
		c.client.receives([]byte("GO\nanswer"))
		c.server.loses(protocol.ErrConnectionDone)
		c.client.loses(protocol.ErrConnectionDone)
	}},
	{"a layer that fails changes nothing", func(c *conformance) {
		c.server.OnMade = func(t protocol.Transport) { t.Pause() }
		c.connect()
		broken := errors.New("broken")
		p := &producer{}
		can, sent := false, 0
		resumed := make(chan struct{})
		c.client.run(func(t protocol.Transport) {
			i, ok := protocol.As[protocol.Interposer](t)
			if can = ok; !can {
				return
			}
			p.onResume = func() { close(resumed); p.onResume = nil }
			t.RegisterProducer(p, protocol.PushProducer)
			for p.pauses == 0 && sent < 24<<20 { // more than any system takes for a peer that does not read
				c.client.write(t, make([]byte, 50000))
				sent += 50000
			}
			if p.pauses == 0 {
				c.t.Error("the producer was not paused")
			}
			err := i.Interpose(func(_, _ protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error) {
				return nil, nil, broken
			})
			if !errors.Is(err, broken) {
				c.t.Errorf("Interpose returned %v, want the error of build", err)
			}
			if err := t.RegisterProducer(&producer{}, protocol.PushProducer); err != protocol.ErrProducerRegistered {
				c.t.Errorf("the producer has gone: RegisterProducer returned %v", err)
			}
		})
		if !can {
			c.end()
			c.t.Skip("no Interposer")
		}
		c.server.run(func(t protocol.Transport) { t.Resume() })
		c.server.receives(make([]byte, sent))
		c.wait(resumed, "Resume of the producer")
	}},
}
