// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol

import "bytes"

// ConsumerTo returns a Consumer whose writes are delivered to p as DataReceived, with t as the transport and on a copy of the bytes: a parser takes its input
// from a producer as it would from a peer. ConnectionMade and ConnectionLost stay the caller's to call. Nothing ever waits, so that a push producer is never paused, and
// a pull producer is asked for its next piece on a later turn of t's loop. Pausing t does not hold the producer up. Twisted: ProtocolToConsumerAdapter. Loop
// only.
func ConsumerTo(p Protocol, t Transport) Consumer { return &protocolConsumer{p: p, t: t} }

type protocolConsumer struct {
	p   Protocol
	t   Transport
	reg *registration // nil without a producer
}

// A registration is one producer's time with a consumer.
type registration struct {
	producer Producer
	mode     ProducerMode
	asking   bool
}

func (c *protocolConsumer) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	c.p.DataReceived(c.t, bytes.Clone(b)) // a protocol may change what it is lent, a writer may not
	if r := c.reg; r != nil && r.mode == PullProducer && !r.asking {
		r.asking = true
		c.t.Loop().CallFromThread(func() {
			if r.asking = false; c.reg == r {
				r.producer.Resume()
			}
		})
	}
	return len(b), nil
}

func (c *protocolConsumer) RegisterProducer(p Producer, mode ProducerMode) error {
	if c.reg != nil {
		return ErrProducerRegistered
	}
	c.reg = &registration{producer: p, mode: mode}
	if mode == PullProducer {
		p.Resume()
	}
	return nil
}

func (c *protocolConsumer) UnregisterProducer() { c.reg = nil }

// ProtocolTo returns a Protocol that writes what it receives to c, as a relay does. Its transport is c's producer from ConnectionMade to ConnectionLost, so that a
// c which is held up holds the peer up. The connection ends with c: when c stops its producer, is closed, or has another producer already, the connection is closed
// by LoseConnection. When the connection ends first, c goes on without a producer. Twisted: ConsumerToProtocolAdapter.
func ProtocolTo(c Consumer) Protocol { return &consumerProtocol{c: c} }

type consumerProtocol struct {
	c          Consumer
	registered bool
}

func (p *consumerProtocol) ConnectionMade(t Transport) {
	if err := p.c.RegisterProducer(t, PushProducer); err != nil {
		t.LoseConnection()
		return
	}
	p.registered = true
}

func (p *consumerProtocol) DataReceived(t Transport, b []byte) {
	if _, err := p.c.Write(b); err != nil {
		t.LoseConnection()
	}
}

func (p *consumerProtocol) ConnectionLost(Transport, error) {
	if p.registered {
		p.c.UnregisterProducer()
	}
}
