// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol

import (
	"errors"
	"io"
	"iter"
)

// A Producer writes to a [Consumer] and can be told to hold on. Its methods are loop only.
type Producer interface {
	// Pause asks the producer to write nothing until Resume. It may come more than once, and may come from inside the producer's own call of Write.
	Pause()
	// Resume asks a push producer to go on, and a pull producer for one more piece, which it may write before returning or later.
	Resume()
	// Stop tells the producer that nothing more is wanted, ever: the consumer is gone. reason tells why. Write may fail a turn before that, where the
	// consumer was aborted: what writes until it is paused ends at an error of Write, too.
	Stop(reason error)
}

// A ProducerMode tells how a producer works.
type ProducerMode bool

// The two kinds of producer.
const (
	// PushProducer writes whenever it has something, until it is paused. Twisted: IPushProducer.
	PushProducer ProducerMode = true
	// PullProducer writes one piece for each Resume. Twisted: IPullProducer.
	PullProducer ProducerMode = false
)

// String returns "push" or "pull".
func (m ProducerMode) String() string {
	if m == PushProducer {
		return "push"
	}
	return "pull"
}

// ErrProducerRegistered is returned when a consumer already has a producer.
var ErrProducerRegistered = errors.New("protocol: a producer is already registered")

// A Consumer takes data and holds its producer up when it takes too much of it. Twisted: IConsumer.
type Consumer interface {
	io.Writer
	// RegisterProducer puts p in charge of what is written. A consumer has one producer at a time: a second is refused with ErrProducerRegistered. A
	// consumer that is closed calls p.Stop and returns net.ErrClosed.
	RegisterProducer(p Producer, mode ProducerMode) error
	// UnregisterProducer lets go of the producer, without calling it. A producer calls it after its last write. Without a producer it does nothing.
	UnregisterProducer()
}

// Pull registers a pull producer on c that writes what seq yields, one piece each time the consumer is empty, so that pieces are made only when they are
// wanted. When seq ends, or yields an error, or the consumer is lost, done is called once with nil or the error, after the producer was unregistered;
// done may be nil. Pieces are lent until the next one is asked for. Loop only.
func Pull(c Consumer, seq iter.Seq2[[]byte, error], done func(error)) error {
	if done == nil {
		done = func(error) {}
	}
	p := &puller{c: c, seq: seq, done: done}
	if l, ok := c.(interface{ Loop() Loop }); ok {
		p.bar, _ = l.Loop().(bar)
	}
	err := c.RegisterProducer(p, PullProducer)
	if err != nil && !p.ended {
		p.ended = true
		p.close()
	}
	return err
}

// A bar is a loop on which coroutines cannot be switched to at times; see the package internal/coro.
type bar interface {
	SwitchBarred() bool
	CallWhenSwitchable(f func())
}

type puller struct {
	c     Consumer
	bar   bar // the loop, if it is one
	seq   iter.Seq2[[]byte, error]
	next  func() ([]byte, error, bool)
	stop  func()
	done  func(error)
	ended bool
}

func (p *puller) Pause() {}

func (p *puller) Resume() {
	if p.ended {
		return
	}
	if p.bar != nil && p.bar.SwitchBarred() {
		p.bar.CallWhenSwitchable(p.Resume)
		return
	}
	if p.next == nil {
		p.next, p.stop = iter.Pull2(p.seq)
	}
	for !p.ended {
		b, err, ok := p.next()
		if !ok || err != nil {
			p.end(err)
			return
		}
		if len(b) > 0 {
			if _, err := p.c.Write(b); err != nil {
				p.end(err)
			}
			return
		}
	}
}

func (p *puller) end(err error) {
	if p.ended {
		return
	}
	p.ended = true
	p.close()
	p.c.UnregisterProducer()
	p.done(err)
}

func (p *puller) Stop(reason error) {
	if p.ended {
		return
	}
	p.ended = true
	p.close()
	if reason == nil {
		reason = ErrConnectionLost
	}
	p.done(reason)
}

// close lets the sequence end.
func (p *puller) close() {
	switch {
	case p.stop == nil:
	case p.bar != nil && p.bar.SwitchBarred():
		p.bar.CallWhenSwitchable(p.stop)
	default:
		p.stop()
	}
}
