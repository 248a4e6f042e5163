// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/protocol"
)

// A datagramProbe notes what happens to it, "start", "stop" and each datagram, and checks the rules which hold always.
type datagramProbe struct {
	c          *datagramConformance
	name       string
	onDatagram func(t protocol.DatagramTransport, p []byte, from protocol.Addr)
	inside     atomic.Bool

	mu      sync.Mutex
	t       protocol.DatagramTransport
	events  []string
	froms   []protocol.Addr
	stopped error
	waiters map[string][]chan struct{}
}

func (p *datagramProbe) enter(t protocol.DatagramTransport, callback string) (leave func()) {
	if !p.inside.CompareAndSwap(false, true) {
		p.c.t.Errorf("%s: %s was called inside another callback or a call on the transport", p.name, callback)
	}
	switch first := p.transport(); {
	case (callback == "StartProtocol") != (first == nil):
		p.c.t.Errorf("%s: StartProtocol was not called once and first", p.name)
	case first != nil && first != t:
		p.c.t.Errorf("%s: %s has another transport than StartProtocol had", p.name, callback)
	case p.reason() != nil:
		p.c.t.Errorf("%s: %s was called after StopProtocol", p.name, callback)
	}
	if !t.Loop().OnLoop() {
		p.c.t.Errorf("%s: %s was called off the loop", p.name, callback)
	}
	return func() { p.inside.Store(false) }
}

func (p *datagramProbe) StartProtocol(t protocol.DatagramTransport) {
	defer p.enter(t, "StartProtocol")()
	p.mu.Lock()
	p.t = t
	p.mu.Unlock()
	p.note("start")
}

func (p *datagramProbe) DatagramReceived(t protocol.DatagramTransport, b []byte, from protocol.Addr) {
	defer p.enter(t, "DatagramReceived")()
	text := string(b)
	p.mu.Lock()
	p.froms = append(p.froms, from)
	p.mu.Unlock()
	if p.onDatagram != nil {
		p.onDatagram(t, b, from)
	}
	clear(b) // lent until return
	p.note(text)
}

func (p *datagramProbe) StopProtocol(t protocol.DatagramTransport, reason error) {
	defer p.enter(t, "StopProtocol")()
	if reason == nil {
		p.c.t.Errorf("%s: StopProtocol without a reason", p.name)
		reason = errors.New("none")
	}
	p.mu.Lock()
	p.stopped = reason
	p.mu.Unlock()
	p.note("stop")
}

func (p *datagramProbe) note(event string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, event)
	for _, w := range p.waiters[event] {
		close(w)
	}
	delete(p.waiters, event)
}

// when returns a channel that is closed when event has happened.
func (p *datagramProbe) when(event string) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	done := make(chan struct{})
	if slices.Contains(p.events, event) {
		close(done)
		return done
	}
	if p.waiters == nil {
		p.waiters = map[string][]chan struct{}{}
	}
	p.waiters[event] = append(p.waiters[event], done)
	return done
}

func (p *datagramProbe) transport() protocol.DatagramTransport {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.t
}

func (p *datagramProbe) reason() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stopped
}

func (p *datagramProbe) list() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.events)
}

func (p *datagramProbe) from(i int) protocol.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.froms[i]
}

func (p *datagramProbe) addr() (a protocol.Addr) {
	p.c.t.Helper()
	p.run(func(t protocol.DatagramTransport) { a = t.LocalAddr() })
	return a
}

// run calls f on the loop of p and returns when it has.
func (p *datagramProbe) run(f func(t protocol.DatagramTransport)) {
	p.c.t.Helper()
	t := p.transport()
	done := make(chan struct{})
	t.Loop().CallFromThread(func() {
		defer close(done)
		p.inside.Store(true)
		defer p.inside.Store(false)
		f(t)
	})
	p.c.wait(done, "a function posted to the loop of "+p.name)
}

func (p *datagramProbe) send(text string, to protocol.Addr) {
	p.c.t.Helper()
	p.run(func(t protocol.DatagramTransport) {
		if err := t.WriteTo([]byte(text), to); err != nil {
			p.c.t.Errorf("%s: WriteTo of %d bytes to %v: %v", p.name, len(text), to, err)
		}
	})
}
