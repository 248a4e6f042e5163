// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package flow is the one place that knows when a producer is paused and resumed. Every transport of ours that queues what it is given has a Gate.
package flow

import (
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// A Gate stands between a transport's queue and its producer. The zero Gate has no producer and uses protocol.HighWater; so does a nil one, on which all
// but Register may be called. Loop only.
//
// The marks are Twisted's: a push producer is paused when MORE than the high-water mark waits, synchronously, and resumed when nothing waits.
type Gate struct {
	producer protocol.Producer
	mode     protocol.ProducerMode
	paused   bool
}

// Register puts p in charge. With open false it calls p.Stop and returns net.ErrClosed. A pull producer is asked for its first piece at once; a push
// producer that registers on a queue above the mark is paused at once.
func (g *Gate) Register(p protocol.Producer, mode protocol.ProducerMode, open bool, queued int) error {
	if g.producer != nil {
		return protocol.ErrProducerRegistered
	}
	if !open {
		p.Stop(protocol.Done(net.ErrClosed))
		return net.ErrClosed
	}
	g.producer, g.mode, g.paused = p, mode, false
	if mode == protocol.PullProducer {
		p.Resume()
		return nil
	}
	g.Filled(queued)
	return nil
}

// Unregister lets go of the producer and reports whether there was one.
func (g *Gate) Unregister() bool {
	if g == nil {
		return false
	}
	had := g.producer != nil
	g.producer, g.paused = nil, false
	return had
}

// Registered reports whether there is a producer.
func (g *Gate) Registered() bool { return g != nil && g.producer != nil }

// Streaming reports whether there is a push producer, one that can be held up.
func (g *Gate) Streaming() bool {
	return g != nil && g.producer != nil && g.mode == protocol.PushProducer
}

// Filled is called after each write with the number of bytes that wait. It may call Pause.
func (g *Gate) Filled(queued int) {
	if queued > protocol.HighWater && g.Streaming() {
		g.paused = true
		g.producer.Pause()
	}
}

// Waiting reports whether there is a producer that Drained would call: a pull producer, or one that was paused.
func (g *Gate) Waiting() bool {
	return g != nil && g.producer != nil && (g.mode != protocol.PushProducer || g.paused)
}

// Drained is called when nothing waits any more. It may call Resume, which may write.
func (g *Gate) Drained() {
	if !g.Waiting() {
		return
	}
	g.paused = false
	g.producer.Resume()
}

// Lost lets go of the producer and tells it to stop, once.
func (g *Gate) Lost(reason error) {
	if g == nil || g.producer == nil {
		return
	}
	p := g.producer
	g.Unregister()
	p.Stop(reason)
}

// Take lets go of the producer and returns it, for a layer that takes its place. p is nil when there is none.
func (g *Gate) Take() (p protocol.Producer, mode protocol.ProducerMode, paused bool) {
	if g == nil {
		return p, mode, false
	}
	p, mode, paused = g.producer, g.mode, g.paused
	g.Unregister()
	return p, mode, paused
}
