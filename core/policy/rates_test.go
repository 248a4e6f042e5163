// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// Reading is paused until the bucket has paid for what was read, and the protocol's own pause stands beside it.
func TestReadRate(t *testing.T) {
	m := limiter(t, policy.Limits{Read: policy.Rates{Connection: 1000}})
	var made []*probe
	clock := protocoltest.NewClock()
	s := open(t, m.Wrap(probes(&made)), clock, addr("10.0.0.1:1"))
	step := func(d time.Duration, want protocoltest.ProducerState) {
		t.Helper()
		clock.Advance(d)
		if got := s.ProducerState(); got != want {
			t.Errorf("%v: %v, want %v", clock.Elapsed(), got, want)
		}
	}
	s.FeedString(strings.Repeat("a", 1000)) // a second's worth is there at first
	step(0, protocoltest.Producing)
	s.FeedString(strings.Repeat("b", 2000))
	step(1999*time.Millisecond, protocoltest.Paused)
	step(time.Millisecond, protocoltest.Producing)
	s.FeedString(strings.Repeat("c", 500))
	made[0].t.Pause()
	step(time.Second, protocoltest.Paused)
	made[0].t.Resume()
	step(0, protocoltest.Producing)
	if len(made[0].received) != 3500 || m.Stats().ThrottledReads != 2 {
		t.Errorf("received %d, %+v", len(made[0].received), m.Stats())
	}
}

// A client's traffic of minutes stays within the rate of all, and no connection starves.
func TestSharedRate(t *testing.T) {
	for name, rates := range map[string]policy.Rates{
		"total":  {Total: 10000},
		"peer":   {Peer: 10000},
		"filter": {Filter: &policy.Filter{Rate: 10000, Key: policy.ByServer}},
	} {
		t.Run(name, func(t *testing.T) {
			var made []*probe
			clock := protocoltest.NewClock()
			f := limiter(t, policy.Limits{Read: rates}).Wrap(probes(&made))
			var all []*protocoltest.StringTransport
			for range 5 {
				all = append(all, open(t, f, clock, addr("10.0.0.1:1")))
			}
			for range 600 {
				for _, s := range all {
					if s.ProducerState() == protocoltest.Producing {
						s.FeedString(strings.Repeat("x", 700))
					}
				}
				clock.Advance(100 * time.Millisecond)
			}
			sum := 0
			for i, p := range made {
				sum += len(p.received)
				if len(p.received) < 60*10000/5/2 {
					t.Errorf("connection %d got %d of a fair %d", i, len(p.received), 60*10000/5)
				}
			}
			if sum > 61*10000+5*700 || sum < 60*10000*9/10 {
				t.Errorf("%d bytes in 60 s", sum)
			}
		})
	}
}

// A producer is paused while the protocol is over its rate, push or pull, and so is reading.
func TestWriteRate(t *testing.T) {
	for _, mode := range []protocol.ProducerMode{protocol.PushProducer, protocol.PullProducer} {
		t.Run(mode.String(), func(t *testing.T) {
			m := limiter(t, policy.Limits{Write: policy.Rates{Connection: 1000, Burst: 100}})
			var made []*probe
			clock := protocoltest.NewClock()
			s := open(t, m.Wrap(probes(&made)), clock, addr("10.0.0.1:1"))
			p := &source{t: made[0].t, mode: mode}
			if err := made[0].t.RegisterProducer(p, mode); err != nil {
				t.Fatal(err)
			}
			if err := made[0].t.RegisterProducer(p, mode); err != protocol.ErrProducerRegistered {
				t.Errorf("a second producer: %v", err)
			}
			for range 100 {
				clock.Advance(100 * time.Millisecond)
				p.turn()
				if p.paused != (s.ProducerState() == protocoltest.Paused) && mode == protocol.PushProducer {
					t.Fatal("the reader and the producer are not held up together")
				}
			}
			if got := len(s.Value()); got < 9000 || got > 10500 {
				t.Errorf("%d bytes in 10 s", got)
			}
			made[0].t.UnregisterProducer()
			if s.HasProducer() {
				t.Error("there is a producer after UnregisterProducer")
			}
		})
	}
}

// A source writes 200 bytes whenever it may.
type source struct {
	t       protocol.Transport
	mode    protocol.ProducerMode
	paused  bool
	stopped error
}

func (s *source) Pause()         { s.paused = true }
func (s *source) Stop(why error) { s.stopped = why }
func (s *source) Resume() {
	s.paused = false
	if s.mode == protocol.PullProducer {
		s.write()
	}
}
func (s *source) write() { s.t.Write(make([]byte, 200)) }
func (s *source) turn() {
	for range 3 {
		if s.mode == protocol.PushProducer && !s.paused {
			s.write()
		}
	}
}

func TestBucket(t *testing.T) {
	start := protocoltest.Epoch
	top := &policy.Bucket{Rate: 100, Burst: 50}
	low := &policy.Bucket{Rate: 1000, Burst: 80, Parent: top}
	for i, tt := range []struct {
		at   time.Duration
		take int // by Take; else by Add
		add  int
		got  int
		wait time.Duration
	}{
		{at: 0, add: 100, got: 50, wait: 0},                                  // the parent's burst
		{at: 100 * time.Millisecond, add: 5, got: 5},                         // ten flowed in
		{at: 100 * time.Millisecond, add: 10, got: 5},                        // the rest of them
		{at: 600 * time.Millisecond, take: 60, wait: 100 * time.Millisecond}, // ten more than there are
		{at: 700 * time.Millisecond, take: 1, wait: 10 * time.Millisecond},
		{at: 0, take: 1, wait: 20 * time.Millisecond}, // another loop's clock is behind
		{at: time.Hour, add: 1000, got: 50},
	} {
		var got int
		var wait time.Duration
		if tt.add > 0 {
			got, wait = low.Add(start.Add(tt.at), tt.add)
			if got != tt.got || (got < tt.add) != (wait > 0) {
				t.Errorf("%d: Add: %d, %v; want %d", i, got, wait, tt.got)
			}
			continue
		}
		if wait = low.Take(start.Add(tt.at), tt.take); wait != tt.wait {
			t.Errorf("%d: Take: %v, want %v", i, wait, tt.wait)
		}
	}
	if n, wait := (*policy.Bucket)(nil).Add(start, 7); n != 7 || wait != 0 {
		t.Error("no bucket is a limit")
	}
	if (&policy.Bucket{}).Take(start, 1<<30) != 0 {
		t.Error("a bucket without a rate is a limit")
	}
}

// Buckets that nobody uses are forgotten once they are full again, and not before (class 62).
func TestFilterSweeps(t *testing.T) {
	parent := &policy.Filter{Rate: 1, Key: policy.ByServer}
	f := &policy.Filter{Rate: 1, Key: policy.ByHost, Parent: parent}
	now, local := protocoltest.Epoch, addr("127.0.0.1:80")
	a := f.Acquire(now, local, addr("10.0.0.1:1"))
	if b := f.Acquire(now, local, addr("10.0.0.1:2")); b != a {
		t.Error("two connections of a host have two buckets")
	}
	if b := f.Acquire(now, local, addr("10.0.0.2:2")); b == a || b.Parent != a.Parent {
		t.Error("two hosts are to have a bucket each, and one above")
	} else {
		f.Release(b)
	}
	debtor := f.Acquire(now, local, addr("10.0.0.3:2"))
	debtor.Take(now, 5000)
	f.Release(debtor)
	for i, want := range []int{3, 2, 2} { // one is in use, the debtor has 5000 s to pay
		if i == 1 {
			f.Release(a)
		}
		if got := f.Len(); got != want {
			t.Errorf("%d: %d buckets, want %d", i, got, want)
		}
		now = now.Add(policy.DefaultSweep)
		f.Release(f.Acquire(now, local, addr("10.0.0.1:1")))
	}
	now = now.Add(2 * time.Hour)
	f.Release(f.Acquire(now, local, addr("10.0.0.9:1")))
	f.Release(a) // the second user
	now = now.Add(2 * time.Hour)
	b := f.Acquire(now, local, addr("10.0.0.8:1"))
	if f.Len() != 1 || parent.Len() != 1 {
		t.Errorf("%d and %d buckets in the end", f.Len(), parent.Len())
	}
	f.Release(b)
	f.Release(nil)
}
