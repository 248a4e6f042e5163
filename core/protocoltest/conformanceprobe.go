// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"bytes"
	"errors"
	"net"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/protocol"
)

// A probe is a protocol that checks the rules which hold always.
type probe struct {
	Accumulating
	c    *conformance
	name string
	peer *probe

	inside atomic.Bool // a callback or a call on the transport is under way
}

// enter is called first in each callback.
func (p *probe) enter(t protocol.Transport, callback string) (leave func()) {
	if !p.inside.CompareAndSwap(false, true) {
		p.c.t.Errorf("%s: %s was called inside another callback or a call on the transport", p.name, callback)
	}
	switch first := p.Transport(); {
	case callback == "ConnectionMade":
		if first != nil {
			p.c.t.Errorf("%s: ConnectionMade was called twice", p.name)
		}
		if t == nil || t.Loop() == nil {
			p.c.t.Errorf("%s: no transport or no loop", p.name)
		}
	case first == nil:
		p.c.t.Errorf("%s: %s was called before ConnectionMade", p.name, callback)
	case first != t:
		p.c.t.Errorf("%s: %s has another transport than ConnectionMade had", p.name, callback)
	case first.Loop() != t.Loop():
		p.c.t.Errorf("%s: the loop has changed", p.name)
	case p.Reason() != nil:
		p.c.t.Errorf("%s: %s was called after ConnectionLost", p.name, callback)
	}
	if !t.Loop().OnLoop() {
		p.c.t.Errorf("%s: %s was called off the loop", p.name, callback)
	}
	if other := p.peer.Transport(); other != nil && other.Loop() == t.Loop() && p.peer.inside.Load() {
		p.c.t.Errorf("%s: %s was called inside a callback or a call of the peer, on the same loop", p.name, callback)
	}
	return func() { p.inside.Store(false) }
}

func (p *probe) ConnectionMade(t protocol.Transport) {
	defer p.enter(t, "ConnectionMade")()
	p.Accumulating.ConnectionMade(t)
}

func (p *probe) DataReceived(t protocol.Transport, b []byte) {
	defer p.enter(t, "DataReceived")()
	if len(b) == 0 {
		p.c.t.Errorf("%s: DataReceived was called without data", p.name)
	}
	p.Accumulating.DataReceived(t, b)
}

func (p *probe) ConnectionLost(t protocol.Transport, reason error) {
	defer p.enter(t, "ConnectionLost")()
	if !errors.Is(reason, protocol.ErrConnectionClosed) {
		p.c.t.Errorf("%s: the reason of ConnectionLost, %v, is not below ErrConnectionClosed", p.name, reason)
	}
	p.Accumulating.ConnectionLost(t, reason)
}

// run calls f on the loop of p and returns when it has.
func (p *probe) run(f func(t protocol.Transport)) {
	p.c.t.Helper()
	t := p.Transport()
	done := make(chan struct{})
	t.Loop().CallFromThread(func() {
		defer close(done)
		p.inside.Store(true)
		defer p.inside.Store(false)
		f(t)
	})
	p.c.wait(done, "a function posted to the loop of the "+p.name)
}

// write writes b, all of which has to be accepted.
func (p *probe) write(t protocol.Transport, b []byte) {
	if n, err := t.Write(b); n != len(b) || err != nil {
		p.c.t.Errorf("%s: Write of %d bytes returned %d, %v", p.name, len(b), n, err)
	}
}

// writeMany writes more than is delivered at once, by several writes.
func (p *probe) writeMany(t protocol.Transport) {
	for range 32 {
		p.write(t, pattern(32768))
	}
}

// writeRefused checks that the connection takes nothing more.
func (p *probe) writeRefused(t protocol.Transport) {
	if n, err := t.Write([]byte("too late")); n != 0 || !errors.Is(err, net.ErrClosed) {
		p.c.t.Errorf("%s: Write on a connection that closes returned %d, %v; want 0, net.ErrClosed", p.name, n, err)
	}
	if n, err := t.WriteSequence([][]byte{[]byte("too late")}); n != 0 || !errors.Is(err, net.ErrClosed) {
		p.c.t.Errorf("%s: WriteSequence on a connection that closes returned %d, %v; want 0, net.ErrClosed", p.name, n, err)
	}
	var producer producer
	if err := t.RegisterProducer(&producer, protocol.PushProducer); !errors.Is(err, net.ErrClosed) || producer.stopped == nil {
		p.c.t.Errorf("%s: RegisterProducer on a connection that closes returned %v, Stop was called: %v; want net.ErrClosed, true", p.name, err,
			producer.stopped != nil)
	}
}

// receives waits until exactly want was received.
func (p *probe) receives(want []byte) {
	p.c.t.Helper()
	p.c.wait(p.When(len(want)), "all data at the "+p.name)
	if got := p.Data(); !bytes.Equal(got, want) {
		i := 0
		for i < len(want) && got[i] == want[i] {
			i++
		}
		p.c.t.Fatalf("%s: received %d bytes, want %d; they differ at %d", p.name, len(got), len(want), i)
	}
}

// loses waits for ConnectionLost with a reason that matches all of the classes.
func (p *probe) loses(classes ...error) {
	p.c.t.Helper()
	p.c.wait(p.WhenLost(), "ConnectionLost of the "+p.name)
	for _, class := range classes {
		if !errors.Is(p.Reason(), class) {
			p.c.t.Errorf("%s: lost by %q, which is not %q", p.name, p.Reason(), class)
		}
	}
}

// A producer notes what is asked of it. Its fields belong to the loop.
type producer struct {
	onPause, onResume func()
	pauses, resumes   int
	stopped           error
}

func (p *producer) Pause() {
	p.pauses++
	if p.onPause != nil {
		p.onPause()
	}
}

func (p *producer) Resume() {
	p.resumes++
	if p.onResume != nil {
		p.onResume()
	}
}

func (p *producer) Stop(reason error) { p.stopped = reason }
