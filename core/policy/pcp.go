// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// DefaultShapedBuffer is the default of ProducerConsumerProxy.BufferSize.
const DefaultShapedBuffer = 65536

// A ProducerConsumerProxy stands between a producer and a consumer: it is the consumer to the one and the producer to the other. It queues what the consumer
// does not take yet, up to BufferSize, and holds its producer up meanwhile. With a Bucket it lets bytes through at the bucket's rate, in pieces as small as need
// be, whoever writes them, which [Limits] do not. Make one by [NewProducerConsumerProxy]. Loop only. Twisted: pcp.ProducerConsumerProxy, htb.ShapedConsumer.
type ProducerConsumerProxy struct {
	// BufferSize is how much may wait, in bytes, before the producer is held up. 0 means DefaultShapedBuffer. What is written beyond it is taken all the same.
	BufferSize int
	// Bucket bounds the rate; nil means no bound.
	Bucket *Bucket

	loop    protocol.Loop
	to      protocol.Consumer
	from    protocol.Producer
	mode    protocol.ProducerMode
	queue   []byte
	held    bool // by the consumer
	full    bool // the producer is held up
	ending  bool // the producer has unregistered: the rest is sent
	stopped bool
	timer   protocol.DelayedCall
	waiting bool // for the bucket
}

// NewProducerConsumerProxy returns a proxy that is to's producer until its own producer has unregistered and all is written, or until to stops it.
func NewProducerConsumerProxy(loop protocol.Loop, to protocol.Consumer) (*ProducerConsumerProxy, error) {
	x := &ProducerConsumerProxy{loop: loop, to: to}
	return x, to.RegisterProducer(x, protocol.PushProducer)
}

var (
	_ protocol.Consumer = (*ProducerConsumerProxy)(nil)
	_ protocol.Producer = (*ProducerConsumerProxy)(nil)
)

// Write takes all of p.
func (x *ProducerConsumerProxy) Write(p []byte) (int, error) {
	if x.stopped || x.ending {
		return 0, net.ErrClosed
	}
	n := len(p)
	if len(x.queue) == 0 && !x.held && !x.waiting {
		p = p[x.pass(p):]
	}
	if x.stopped {
		return 0, net.ErrClosed
	}
	x.queue = append(x.queue, p...)
	if limit := x.BufferSize; len(x.queue) > 0 && (limit <= 0 && len(x.queue) >= DefaultShapedBuffer || limit > 0 && len(x.queue) >= limit) {
		x.hold()
	}
	if x.mode == protocol.PullProducer && x.from != nil && !x.full {
		x.later()
	}
	return n, nil
}

// later asks a pull producer for its next piece, when the loop comes to it.
func (x *ProducerConsumerProxy) later() {
	x.full = true
	x.loop.CallFromThread(func() { x.more() })
}

func (x *ProducerConsumerProxy) hold() {
	if x.full || x.from == nil {
		return
	}
	x.full = true
	if x.mode == protocol.PushProducer {
		x.from.Pause()
	}
}

// pass writes as much of p as the bucket allows.
func (x *ProducerConsumerProxy) pass(p []byte) int {
	n, wait := x.Bucket.Add(x.loop.Now(), len(p))
	if n < len(p) {
		x.waiting = true
		if x.timer == nil {
			x.timer = x.loop.CallLater(wait, x.filled)
		} else {
			x.timer.Rearm(wait)
		}
	}
	if n > 0 {
		x.to.Write(p[:n])
	}
	return n
}

func (x *ProducerConsumerProxy) filled() {
	x.waiting = false
	x.flush()
}

// flush passes on what waits, and then lets the producer go on.
func (x *ProducerConsumerProxy) flush() {
	for len(x.queue) > 0 && !x.held && !x.waiting && !x.stopped {
		x.queue = x.queue[x.pass(x.queue):]
	}
	if x.stopped || len(x.queue) > 0 {
		return
	}
	x.queue = nil
	if x.ending {
		x.end()
		return
	}
	if !x.held {
		x.more()
	}
}

// more lets a producer go on that was held up.
func (x *ProducerConsumerProxy) more() {
	if x.from == nil || !x.full || x.held || x.waiting || len(x.queue) > 0 || x.stopped {
		return
	}
	x.full = false
	x.from.Resume()
}

func (x *ProducerConsumerProxy) end() {
	x.stopped = true
	cancel(x.timer)
	x.to.UnregisterProducer()
}

// RegisterProducer puts p in charge.
func (x *ProducerConsumerProxy) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	switch {
	case x.from != nil:
		return protocol.ErrProducerRegistered
	case x.stopped || x.ending:
		p.Stop(protocol.Done(net.ErrClosed))
		return net.ErrClosed
	}
	x.from, x.mode, x.full = p, mode, false
	switch {
	case x.held || len(x.queue) > 0:
		x.hold()
	case mode == protocol.PullProducer:
		p.Resume()
	}
	return nil
}

// UnregisterProducer lets go of the producer. What waits is still written; then the consumer is without a producer.
func (x *ProducerConsumerProxy) UnregisterProducer() {
	if x.from == nil {
		return
	}
	x.from, x.ending = nil, true
	if len(x.queue) == 0 && !x.stopped {
		x.end()
	}
}

// Pause is the consumer's.
func (x *ProducerConsumerProxy) Pause() {
	x.held = true
	x.hold()
}

// Resume is the consumer's.
func (x *ProducerConsumerProxy) Resume() {
	x.held = false
	x.flush()
}

// Stop is the consumer's: it is gone.
func (x *ProducerConsumerProxy) Stop(reason error) {
	if x.stopped {
		return
	}
	x.stopped, x.queue = true, nil
	cancel(x.timer)
	if x.from != nil {
		p := x.from
		x.from = nil
		p.Stop(reason)
	}
}
