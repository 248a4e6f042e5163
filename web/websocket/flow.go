// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// RegisterProducer puts p in charge of what is sent: it is paused while the peer does not read. See [protocol.Consumer]. Close waits for it to unregister.
func (c *Conn) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	if c.Closing() {
		p.Stop(net.ErrClosed)
		return net.ErrClosed
	}
	x := c.extra()
	if x.producer != nil {
		return protocol.ErrProducerRegistered
	}
	x.producer, x.mode = p, mode
	if mode == protocol.PullProducer {
		c.t.UnregisterProducer()
		return c.t.RegisterProducer((*flow)(c), mode)
	}
	if c.full {
		p.Pause()
	}
	return nil
}

// UnregisterProducer lets go of the producer.
func (c *Conn) UnregisterProducer() {
	x := c.x
	if x == nil || x.producer == nil {
		return
	}
	x.producer = nil
	if c.lost {
		return
	}
	if x.mode == protocol.PullProducer && c.stage != stageEnding {
		c.t.UnregisterProducer()
		c.t.RegisterProducer((*flow)(c), protocol.PushProducer)
	}
	if c.stage == stageClosing {
		c.sendClose(x.code, x.reason)
	}
}

// stopProducer ends the producer: nothing more is wanted.
func (c *Conn) stopProducer(reason error) {
	if x := c.x; x != nil && x.producer != nil {
		p := x.producer
		x.producer = nil
		p.Stop(reason)
	}
}

// flow is a Conn as the producer of its transport.
type flow Conn

// Pause is called inside a write.
func (f *flow) Pause() {
	c := (*Conn)(f)
	c.full = true
	if x := c.x; x != nil && x.producer != nil {
		x.producer.Pause()
	}
}

// Resume is called when nothing waits any more.
func (f *flow) Resume() {
	c := (*Conn)(f)
	c.full = false
	x := c.x
	if x == nil || c.lost {
		return
	}
	if x.pongs && c.stage < stageClosed {
		x.pongs = false
		c.pong(x.pong)
	}
	c.pumpHubs()
	if x.room != nil {
		x.room()
	}
	if x.producer != nil && !c.full {
		x.producer.Resume()
	}
}

// crowded reports whether enough waits to be sent.
func (c *Conn) crowded() bool {
	return c.full || c.x != nil && c.x.producer != nil && c.x.mode == protocol.PullProducer && c.Buffered() > protocol.HighWater
}

// Stop comes before ConnectionLost, which tells the producer.
func (f *flow) Stop(error) {}

var (
	_ protocol.Consumer = (*Conn)(nil)
	_ protocol.Producer = (*flow)(nil)
)
