// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
)

func TestConnectionLimits(t *testing.T) {
	type dial struct {
		peer string
		ok   bool
	}
	for name, tt := range map[string]struct {
		limits policy.Limits
		dials  []dial
		want   policy.Stats
	}{
		"in all": {policy.Limits{MaxConnections: 2},
			[]dial{{"10.0.0.1:1", true}, {"10.0.0.2:1", true}, {"10.0.0.3:1", false}},
			policy.Stats{Active: 2, Accepted: 2, Refused: 1}},
		"per peer": {policy.Limits{MaxPerPeer: 1},
			[]dial{{"10.0.0.1:1", true}, {"10.0.0.1:2", false}, {"[::ffff:10.0.0.1]:3", false}, {"10.0.0.2:1", true}},
			policy.Stats{Active: 2, Accepted: 2, RefusedPeer: 2}},
		"an IPv6 customer": {policy.Limits{MaxPerPeer: 1},
			[]dial{{"[2001:db8::1]:1", true}, {"[2001:db8::ffff:0:0:2]:1", false}, {"[2001:db8:0:1::1]:1", true}},
			policy.Stats{Active: 2, Accepted: 2, RefusedPeer: 1}},
		"exempt": {policy.Limits{MaxPerPeer: 1, AcceptRate: 1, Exempt: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
			[]dial{{"10.0.0.1:1", true}, {"10.0.0.1:2", true}, {"10.0.0.1:3", true}},
			policy.Stats{Active: 3, Accepted: 3}},
		"rate": {policy.Limits{AcceptRate: 2},
			[]dial{{"10.0.0.1:1", true}, {"10.0.0.2:1", true}, {"10.0.0.3:1", false}},
			policy.Stats{Active: 2, Accepted: 2, RefusedRate: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			m := limiter(t, tt.limits)
			var made []*probe
			f := m.Wrap(probes(&made))
			clock := protocoltest.NewClock()
			var open1 []*protocoltest.StringTransport
			for _, d := range tt.dials {
				s := open(t, f, clock, addr(d.peer))
				clock.Advance(0)
				if ok := s != nil && !s.Disconnected(); ok != d.ok {
					t.Errorf("%s: let in %v, want %v", d.peer, ok, d.ok)
				} else if ok {
					open1 = append(open1, s)
				}
			}
			if got := m.Stats(); got != tt.want {
				t.Errorf("counts %+v, want %+v", got, tt.want)
			}
			for _, s := range open1 {
				s.FeedString("x")
				s.FeedEOF()
			}
			clock.Advance(2 * time.Second)
			if got := m.Stats(); got.Active != 0 || got.BytesIn != int64(len(open1)) {
				t.Errorf("after all ended: %+v", got)
			}
			if s := open(t, f, clock, addr(tt.dials[len(tt.dials)-1].peer)); s == nil || s.Disconnected() {
				t.Error("nobody is let in after all ended")
			}
		})
	}
}

// A connection beyond the limits is served by the overflow protocol, which has a bound and a time of its own.
func TestOverflow(t *testing.T) {
	for name, limits := range map[string]policy.Limits{"in all": {MaxConnections: 1}, "rate": {AcceptRate: 1}} {
		t.Run(name, func(t *testing.T) {
			limits.MaxOverflow = 1
			limits.Overflow = protocol.ForProtocol(func() protocol.Protocol { return saying("421 too many\r\n") })
			m := limiter(t, limits)
			var made []*probe
			f, clock := m.Wrap(probes(&made)), protocoltest.NewClock()
			first := open(t, f, clock, addr("10.0.0.1:1"))
			second := open(t, f, clock, addr("10.0.0.2:1"))
			third := open(t, f, clock, addr("10.0.0.3:1"))
			clock.Advance(0)
			if first.Disconnected() || second.Value() != "421 too many\r\n" || !third.Disconnected() || third.Value() != "" {
				t.Errorf("second got %q, third got %q, gone %v", second.Value(), third.Value(), third.Disconnected())
			}
			clock.Advance(policy.DefaultOverflowTime - 1)
			if second.Disconnected() {
				t.Error("the overflow protocol had less than its time")
			}
			clock.Pump(1, 0)
			if !second.Disconnected() {
				t.Error("the overflow protocol goes on after its time")
			}
			if got := m.Stats(); got.Overflowed != 1 || got.Overflow != 0 || got.Active != 1 {
				t.Errorf("%+v", got)
			}
		})
	}
}

type saying string

func (s saying) ConnectionMade(t protocol.Transport)          { io.WriteString(t, string(s)) }
func (saying) DataReceived(protocol.Transport, []byte)        {}
func (saying) ConnectionLost(t protocol.Transport, why error) {}

func TestTimeLimits(t *testing.T) {
	const limit = time.Minute
	for name, tt := range map[string]struct {
		limits policy.Limits
		keep   func(p *probe, s *protocoltest.StringTransport) // is called every 40 seconds
		lives  int                                             // how many of those times it is still there
		cause  error
	}{
		"idle":             {policy.Limits{Idle: limit}, func(*probe, *protocoltest.StringTransport) {}, 1, policy.ErrIdle},
		"reading":          {policy.Limits{Idle: limit}, func(_ *probe, s *protocoltest.StringTransport) { s.FeedString("x") }, 9, nil},
		"writing":          {policy.Limits{Idle: limit}, func(p *probe, _ *protocoltest.StringTransport) { p.t.Write([]byte("x")) }, 9, nil},
		"no login":         {policy.Limits{Login: limit}, func(_ *probe, s *protocoltest.StringTransport) { s.FeedString("x") }, 1, policy.ErrLogin},
		"login":            {policy.Limits{Login: limit}, func(p *probe, _ *protocoltest.StringTransport) { policy.LoggedIn(p.t) }, 9, nil},
		"lifetime":         {policy.Limits{Lifetime: 2 * limit}, func(_ *probe, s *protocoltest.StringTransport) { s.FeedString("x") }, 2, policy.ErrLifetime},
		"login, then idle": {policy.Limits{Login: limit, Idle: 2 * limit}, func(p *probe, _ *protocoltest.StringTransport) { policy.LoggedIn(p.t) }, 2, policy.ErrIdle},
	} {
		t.Run(name, func(t *testing.T) {
			m := limiter(t, tt.limits)
			var made []*probe
			clock := protocoltest.NewClock()
			s := open(t, policy.Chain(m.Wrap, new(policy.Connections).Wrap)(probes(&made)), clock, addr("10.0.0.1:1"))
			lives := 0
			for range 9 {
				clock.Pump(40*time.Second, 0)
				if s.Disconnected() {
					break
				}
				lives++
				tt.keep(made[0], s)
			}
			if lives != tt.lives {
				t.Errorf("lived %d times 40 s, want %d", lives, tt.lives)
			}
			if tt.cause != nil && (!errors.Is(made[0].lost, tt.cause) || !errors.Is(made[0].lost, os.ErrDeadlineExceeded)) {
				t.Errorf("lost by %v, want %v and a timeout", made[0].lost, tt.cause)
			}
			s.AbortConnection()
			clock.Advance(0)
			if calls := len(clock.Calls()); calls != 0 {
				t.Errorf("%d timers are left", calls)
			}
		})
	}
}

// A connection that does not send what is queued is aborted (class 11).
func TestStalledConnectionIsAborted(t *testing.T) {
	var made []*probe
	clock := protocoltest.NewClock()
	s := open(t, limiter(t, policy.Limits{Lifetime: time.Minute}).Wrap(probes(&made)), clock, addr("10.0.0.1:1"))
	s.Stalled = true
	made[0].t.Write([]byte("never read"))
	clock.Advance(time.Minute)
	if s.Disconnected() {
		t.Fatal("aborted at once")
	}
	clock.Pump(5*time.Second, 0)
	if !s.Aborted() || !errors.Is(made[0].lost, policy.ErrLifetime) {
		t.Errorf("aborted %v, reason %v", s.Aborted(), made[0].lost)
	}
}

// A producer that never ends does not keep a connection that a limit ends.
func TestTimeLimitStopsTheProducer(t *testing.T) {
	var made []*probe
	clock := protocoltest.NewClock()
	s := open(t, limiter(t, policy.Limits{Lifetime: time.Minute}).Wrap(probes(&made)), clock, addr("10.0.0.1:1"))
	p := &source{t: made[0].t}
	made[0].t.RegisterProducer(p, protocol.PushProducer)
	made[0].t.Write([]byte("the last words"))
	clock.Pump(time.Minute, 0)
	if !errors.Is(p.stopped, policy.ErrLifetime) || s.Aborted() || !s.Disconnected() || s.Value() != "the last words" {
		t.Errorf("stopped by %v, aborted %v, gone %v", p.stopped, s.Aborted(), s.Disconnected())
	}
}

func TestNegativeLimits(t *testing.T) {
	for _, l := range []policy.Limits{{MaxConnections: -1}, {Idle: -1}, {Read: policy.Rates{Total: -1}}} {
		if _, err := policy.NewLimiter(l); err == nil {
			t.Errorf("%+v is taken", l)
		}
	}
}

// Counts are exact over several loops: whatever the order, no more than the limit are let in, and none is forgotten (class 62).
func TestLimitsOverLoops(t *testing.T) {
	r, err := reactor.New(reactor.Config{Loops: 3, Logger: slog.New(slog.DiscardHandler), ShutdownGrace: -1})
	if err != nil {
		t.Fatal(err)
	}
	m := limiter(t, policy.Limits{MaxConnections: 10, MaxPerPeer: 8, Read: policy.Rates{Total: 1 << 30, Peer: 1 << 30}})
	port, err := r.ListenTCP("127.0.0.1:0", m.Wrap(protocol.ForProtocol(func() protocol.Protocol { return saying("hello") })), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var in []net.Conn
	for range 30 {
		wg.Go(func() {
			c, err := net.Dial("tcp", port.Addr().String())
			if errors.Is(err, syscall.ECONNRESET) {
				return // refused before Dial had looked at it
			}
			if err != nil {
				t.Error(err)
				return
			}
			c.SetDeadline(time.Now().Add(30 * time.Second))
			if _, err := io.ReadFull(c, make([]byte, 5)); err != nil {
				c.Close()
				return
			}
			mu.Lock()
			defer mu.Unlock()
			in = append(in, c)
		})
	}
	wg.Wait()
	if got := m.Stats(); len(in) != 8 || got.Active != 8 || got.Accepted != 8 || got.RefusedPeer != 22 {
		t.Errorf("%d let in: %+v", len(in), got)
	}
	for _, c := range in {
		c.Close()
	}
	r.CallFromThread(func() { r.Stop() })
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := m.Stats(); got.Active != 0 {
		t.Errorf("after the stop: %+v", got)
	}
}
