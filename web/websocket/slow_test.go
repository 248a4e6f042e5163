// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"errors"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/internal/ws"
)

// drip is a transport whose peer reads as the test says.
type drip struct {
	*protocoltest.StringTransport
	waits int // bytes that the peer has not taken
}

func (d *drip) Buffered() int { return d.waits }

func (d *drip) Write(p []byte) (int, error) {
	d.waits += len(p)
	return len(p), nil
}

// While much waits, a peer that reads slowly is not taken for dead, for it cannot see the Ping yet; one that reads nothing is.
func TestSlowIsNotDead(t *testing.T) {
	d := &drip{StringTransport: protocoltest.NewStringTransport()}
	set := newSettings(Options{})
	c := newConn(set, ws.Server, Base{}, "", nil)
	(*wire)(c).ConnectionMade(d)
	c.Send(Binary, make([]byte, 1<<20))
	d.Clock.Advance(30 * time.Second) // the Ping is behind it
	for range 50 {
		d.waits -= 10_000
		if d.Clock.Advance(20 * time.Second); d.Aborted() {
			t.Fatal("given up while it reads")
		}
	}
	d.Clock.Advance(20 * time.Second)
	if !d.Aborted() || set.stats.timedOut.Load() != 1 {
		t.Error("one that reads nothing is not given up")
	}
	(*wire)(c).ConnectionLost(d, protocol.Aborted())
	if !errors.Is(c.x.end, protocol.ErrConnectionTimeout) {
		t.Error(c.x.end)
	}
}
