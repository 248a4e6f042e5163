// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"io"

	"github.com/torsion-go/torsion/core/protocol"
)

// This file has the receiving half of a Tunnel.

// data takes input.
func (t *Tunnel) data(p []byte) {
	switch {
	case t.closing || t.over:
		t.s.Consumed(len(p))
		if t.skipped += len(p); t.skipped > t.s.c.limits.Drain {
			t.s.Reset(Cancel)
		}
	case t.made && !t.paused && len(t.in) == 0:
		t.p.DataReceived(t, p)
		t.s.Consumed(len(p))
	default:
		t.in = append(t.in, p...)
	}
}

// end is the peer's end of stream.
func (t *Tunnel) end() {
	t.eof = true
	if t.made {
		t.deliver()
	}
}

// deliver hands on what waits.
func (t *Tunnel) deliver() {
	if b := t.in; len(b) > 0 && !t.paused && !t.closing && !t.over {
		t.in = nil
		t.p.DataReceived(t, b)
		t.by.Enter()
		t.s.Consumed(len(b))
		t.by.Leave()
	}
	if t.eof && len(t.in) == 0 && !t.paused && !t.closing && !t.over {
		t.eof = false
		t.readEnd()
	}
}

// readEnd tells p, in the way it knows, that the peer will send no more.
func (t *Tunnel) readEnd() {
	if t.half == nil {
		t.passive = true
		producer := t.producer
		t.UnregisterProducer()
		if t.sent {
			t.lost(protocol.Done(io.EOF))
		} else {
			t.LoseConnection()
		}
		if producer != nil {
			producer.Stop(protocol.Done(io.EOF))
		}
		return
	}
	t.half.ReadConnectionLost(t)
	if t.told && !t.over {
		t.lost(protocol.Done(io.EOF))
	}
}

// Pause holds the input back, and the peer with it when the stream's window is full.
func (t *Tunnel) Pause() { t.paused = true }

// Resume lets it go on.
func (t *Tunnel) Resume() {
	if t.paused && !t.closing && !t.over {
		t.paused = false
		if t.made && (len(t.in) > 0 || t.eof) {
			t.later(t.deliver)
		}
	}
}
