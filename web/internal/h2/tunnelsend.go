// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"errors"
	"io"
	"net"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// This file has the sending half of a Tunnel.

// Write sends p.
func (t *Tunnel) Write(p []byte) (int, error) {
	if !t.writable() {
		return 0, net.ErrClosed
	}
	t.by.Enter()
	t.s.Write(p, false, nil)
	t.by.Leave()
	t.wrote()
	return len(p), nil
}

// WriteSequence sends the slices.
func (t *Tunnel) WriteSequence(v [][]byte) (int, error) {
	if !t.writable() {
		return 0, net.ErrClosed
	}
	n := 0
	t.by.Enter()
	for _, p := range v {
		n += len(p)
		t.s.Write(p, false, nil)
	}
	t.by.Leave()
	t.wrote()
	return n, nil
}

func (t *Tunnel) writable() bool {
	return !t.over && !t.s.ending && ((!t.closing && !t.shut) || t.producer != nil)
}

var errOverflow = &protocol.ConnectionLoss{Class: protocol.ErrBufferOverflow, Err: errors.New("the peer does not read")}

// wrote follows a write.
func (t *Tunnel) wrote() {
	switch n := t.s.Queued(); {
	case n > t.max:
		t.loseLater(errOverflow)
		t.reset(Cancel)
	case n > protocol.HighWater && t.producer != nil && t.mode == protocol.PushProducer && !t.held:
		t.held = true
		t.s.Want()
		t.producer.Pause()
	case t.producer != nil && t.mode == protocol.PullProducer:
		t.s.Want()
		t.later(t.pump)
	}
}

// pump has the Conn find out that a pull producer can go on.
func (t *Tunnel) pump() {
	t.by.Enter()
	t.by.Leave()
}

// ready is called by the Conn, inside of anything: nothing waits, and something may be sent.
func (t *Tunnel) ready() { t.later(t.resume) }

func (t *Tunnel) resume() {
	switch p := t.producer; {
	case p == nil || t.over || t.s.Queued() > 0:
	case t.mode == protocol.PullProducer:
		p.Resume()
	case t.held:
		t.held = false
		p.Resume()
	}
}

// RegisterProducer puts p in charge of what is written.
func (t *Tunnel) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	switch {
	case t.over || t.s.ending || t.closing || t.shut:
		p.Stop(net.ErrClosed)
		return net.ErrClosed
	case t.producer != nil:
		return protocol.ErrProducerRegistered
	}
	t.producer, t.mode, t.held = p, mode, false
	switch {
	case mode == protocol.PullProducer && t.s.Queued() == 0:
		p.Resume()
	case mode == protocol.PullProducer:
		t.s.Want()
	case t.s.Queued() > protocol.HighWater:
		t.held = true
		t.s.Want()
		p.Pause()
	}
	return nil
}

// UnregisterProducer lets go of the producer, and closes if that was to wait for it.
func (t *Tunnel) UnregisterProducer() {
	if t.producer == nil {
		return
	}
	t.producer, t.held = nil, false
	t.s.Unwant()
	if t.closing || t.shut {
		t.finish()
	}
}

// finish sends END_STREAM behind what waits.
func (t *Tunnel) finish() {
	if t.over || t.s.ending || t.producer != nil {
		return
	}
	t.by.Enter()
	t.s.Write(nil, true, nil)
	t.by.Leave()
}

// LoseWriteConnection ends the sending side when what was written has left.
func (t *Tunnel) LoseWriteConnection() {
	if !t.closing && !t.shut && !t.over {
		t.shut = true
		t.finish()
	}
}

// finished is called when END_STREAM has been sent. It may be inside a call of p's.
func (t *Tunnel) finished() {
	t.sent = true
	if !t.closing {
		t.later(t.writeEnd)
		return
	}
	if !t.s.gone {
		t.linger = t.Loop().CallLater(lingerTime, func() { t.reset(Cancel) })
	}
	t.loseLater(protocol.Done(net.ErrClosed))
}

// writeEnd tells p that its half-close has left.
func (t *Tunnel) writeEnd() {
	if t.over {
		return
	}
	if t.told = true; t.half != nil {
		t.half.WriteConnectionLost(t)
	}
	if t.s.gone && !t.eof && len(t.in) == 0 && !t.over {
		t.lost(protocol.Done(io.EOF))
	}
}

// Buffered returns how many bytes wait to be sent on the stream.
func (t *Tunnel) Buffered() int { return t.s.Queued() }

// SetMaxBuffered bounds that.
func (t *Tunnel) SetMaxBuffered(n int) {
	if t.max = n; n <= 0 {
		t.max = protocol.DefaultMaxBuffered
	}
}

// lingerTime is how long the peer may take to end its side of a stream that was closed.
const lingerTime = 10 * time.Second
