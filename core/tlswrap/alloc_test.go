// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"net"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// A nullLoop and a pipeEnd are the least that a connection needs, and allocate nothing.
type nullLoop struct{ due []*nullCall }

type nullCall struct {
	loop   *nullLoop
	f      func()
	active bool
}

func (l *nullLoop) Now() time.Time { return time.Time{} }
func (l *nullLoop) CallLater(d time.Duration, f func()) protocol.DelayedCall {
	c := &nullCall{loop: l, f: f}
	c.Rearm(d)
	return c
}
func (l *nullLoop) CallFromThread(func()) {}
func (l *nullLoop) OnLoop() bool          { return true }
func (l *nullLoop) Done() <-chan struct{} { return nil }

func (l *nullLoop) turn() {
	due := l.due
	l.due = l.due[:0]
	for _, c := range due {
		if c.active {
			c.active = false
			c.f()
		}
	}
}

func (c *nullCall) Cancel() error             { c.active = false; return nil }
func (c *nullCall) Reset(time.Duration) error { return nil }
func (c *nullCall) Delay(time.Duration) error { return nil }
func (c *nullCall) Active() bool              { return c.active }
func (c *nullCall) Time() time.Time           { return time.Time{} }
func (c *nullCall) Rearm(d time.Duration) {
	c.active = true
	if d <= 0 {
		c.loop.due = append(c.loop.due, c)
	}
}

type pipeEnd struct {
	loop  *nullLoop
	proto protocol.Protocol
	peer  *pipeEnd
	out   []byte
	drain protocol.Producer
}

func (p *pipeEnd) Write(b []byte) (int, error)         { p.out = append(p.out, b...); return len(b), nil }
func (p *pipeEnd) WriteSequence([][]byte) (int, error) { panic("not used") }
func (p *pipeEnd) RegisterProducer(d protocol.Producer, _ protocol.ProducerMode) error {
	p.drain = d
	d.Resume()
	return nil
}
func (p *pipeEnd) UnregisterProducer()  { p.drain = nil }
func (p *pipeEnd) Pause()               {}
func (p *pipeEnd) Resume()              {}
func (p *pipeEnd) Stop(error)           {}
func (p *pipeEnd) LoseConnection()      {}
func (p *pipeEnd) AbortConnection()     {}
func (p *pipeEnd) LocalAddr() net.Addr  { return protocol.PipeAddr() }
func (p *pipeEnd) RemoteAddr() net.Addr { return protocol.PipeAddr() }
func (p *pipeEnd) Loop() protocol.Loop  { return p.loop }

// pass delivers what p wrote and reports whether there was something.
func (p *pipeEnd) pass() bool {
	if len(p.out) == 0 {
		return false
	}
	p.peer.proto.DataReceived(p.peer, p.out)
	p.out = p.out[:0]
	if p.drain != nil {
		p.drain.Resume()
	}
	return true
}

func newPipe(loop *nullLoop) (a, b *pipeEnd) {
	a, b = &pipeEnd{loop: loop}, &pipeEnd{loop: loop}
	a.peer, b.peer = b, a
	return a, b
}

// exchange goes on until nothing is left to do.
func exchange(a, b *pipeEnd) {
	for a.pass() || b.pass() || len(a.loop.due) > 0 {
		a.loop.turn()
	}
}

// echo sends back what it gets.
type echo struct{ protocol.Base }

func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

type sender struct {
	protocol.Base
	t   protocol.Transport
	got int
}

func (s *sender) ConnectionMade(t protocol.Transport)         { s.t = t }
func (s *sender) DataReceived(_ protocol.Transport, p []byte) { s.got += len(p) }

// TestAllocEcho: a message and its echo allocate nothing of ours. crypto/tls allocates a small reader each time it is asked to read: once for each record,
// on both sides.
func TestAllocEcho(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	forEachVersion(t, func(t *testing.T, version uint16) {
		loop := &nullLoop{}
		var c sender
		a, b := newPipe(loop)
		a.proto, b.proto = wrap(t, server(t, options(serverConfig(version))), echo{}), wrap(t, client(t, options(clientConfig(version))), &c)
		a.proto.ConnectionMade(a)
		b.proto.ConnectionMade(b)
		exchange(a, b)
		msg := make([]byte, 100)
		round := func() {
			c.t.Write(msg)
			exchange(a, b)
		}
		for range 2000 { // past the growing records of the beginning, and with buffers grown
			round()
		}
		before := c.got
		if n := testing.AllocsPerRun(200, round); n > 2 {
			t.Errorf("%v allocations for a message and its echo, want 2", n)
		}
		if c.got != before+201*len(msg) {
			t.Errorf("%d bytes came back", c.got-before)
		}
	})
}
