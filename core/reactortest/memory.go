// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
)

// A Memory is a reactor over a network in memory, with a clock of its own. It runs already. The goroutine that made it drives it by Settle and Advance.
type Memory struct {
	*reactor.Reactor
	// Fault, if not nil, is asked before every operation of the network: "listen", "dial", "attach", "send", "closewrite", "packet" or "sendto". An error makes
	// it fail with that error.
	Fault func(op string) error

	now  time.Time
	live bool // the time is that of package time
	net  *network
}

// NewMemory returns a running Memory with one loop, which ends with the test.
func NewMemory(t testing.TB) *Memory {
	t.Helper()
	m, err := NewMemoryOf(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// NewMemoryOf returns a running Memory with a configuration of the caller's, who closes it. Config.Poller has no meaning.
func NewMemoryOf(cfg reactor.Config) (*Memory, error) { return newMemory(cfg, false) }

// NewBubbleOf returns a Memory, for its caller to close, whose clock is that of package time and whose waits end by it. It is for bubbles of testing/synctest, where
// time is virtual: when all goroutines of the bubble wait, the loop among them in Iterate, the time moves on to what comes next. Advance waits for the time to pass.
// It is made inside of its bubble.
func NewBubbleOf(cfg reactor.Config) (*Memory, error) { return newMemory(cfg, true) }

func newMemory(cfg reactor.Config, live bool) (*Memory, error) {
	m := &Memory{now: protocoltest.Epoch, live: live}
	m.net = newNetwork(m.Time, func(op string) error {
		if m.Fault != nil {
			return m.Fault(op)
		}
		return nil
	})
	if cfg.MaxConnections == 0 {
		cfg.MaxConnections = 1 << 20 // no descriptors are used
	}
	poller, takeBack := poll.Lend(poll.Source{
		Open: func() (poll.Poller, error) { return newWire(m.net, live), nil },
		Now:  m.Time,
	})
	defer takeBack()
	cfg.Poller = poller
	r, err := reactor.New(cfg)
	if err != nil {
		return nil, err
	}
	m.Reactor = r
	return m, r.StartRunning()
}

// Turn makes one pass of every loop.
func (m *Memory) Turn() error { return m.Iterate(0) }

// Settle makes passes until nothing happens any more. It gives up after a million, when things happen for ever.
func (m *Memory) Settle() {
	for range 1_000_000 {
		before := m.net.events
		if m.Turn() != nil || m.net.events == before && m.quiet() {
			return
		}
	}
	panic("reactortest: Settle: something goes on for ever")
}

func (m *Memory) quiet() bool {
	return !slices.ContainsFunc(m.Loops(), func(l *reactor.Loop) bool { return l.Pending() })
}

// Advance moves the time by d, step by step, so that every delayed call on the way runs at its own time, and settles.
func (m *Memory) Advance(d time.Duration) {
	end := m.Time().Add(d)
	m.Settle()
	if m.live {
		for left := d; left > 0 && m.Iterate(left) == nil; left = end.Sub(m.Time()) {
		}
		m.Settle()
		return
	}
	for {
		next := end
		if at, ok := m.net.next(); ok && at.Before(next) {
			next = at
		}
		for _, l := range m.Loops() {
			for _, c := range l.DelayedCalls() {
				if at := c.Time(); at.Before(next) {
					next = at
				}
			}
		}
		if next.After(m.now) {
			m.now = next
		}
		m.Settle()
		if !next.Before(end) {
			return
		}
	}
}

// Until settles until cond is true, waiting in between for other goroutines to post.
func (m *Memory) Until(ctx context.Context, cond func() bool) error {
	stop := context.AfterFunc(ctx, func() { m.CallFromThread(func() {}) })
	defer stop()
	for m.Settle(); !cond(); m.Settle() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := m.Iterate(-1); err != nil {
			return err
		}
	}
	return nil
}

// Time returns the time of the Memory's clock.
func (m *Memory) Time() time.Time {
	if m.live {
		return time.Now()
	}
	return m.now
}

// Listening returns the addresses of the ports that listen, in the order of their text.
func (m *Memory) Listening() []protocol.Addr { return m.net.listening() }

// Attempts returns the addresses of the connection attempts that nothing has answered, oldest first.
func (m *Memory) Attempts() []string {
	var all []string
	for _, a := range m.net.attempts {
		all = append(all, a.address)
	}
	return all
}

// Dial connects to a port that listens on addr and returns the test's end, or nil when none does. The connection is accepted by the next Settle.
func (m *Memory) Dial(addr string) *Peer { return m.net.dial(addr) }

// Answer lets the oldest attempt to connect to addr succeed and returns the test's end, or nil when there is none.
func (m *Memory) Answer(addr string) *Peer { return m.net.answer(addr) }

// Refuse lets the oldest attempt to connect to addr fail with err and reports whether there was one.
func (m *Memory) Refuse(addr string, err error) bool { return m.net.refuse(addr, err) }
