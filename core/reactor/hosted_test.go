// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"fmt"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A metered poller tells of its waits.
type metered struct {
	poll.Hosted
	waits chan time.Duration // those that begin
	polls atomic.Int32
}

func (m *metered) Wait(timeout time.Duration) error {
	m.waits <- timeout
	return m.Hosted.Wait(timeout)
}

func (m *metered) Poll(timeout time.Duration) (int, error) {
	m.polls.Add(1)
	return m.Hosted.Poll(timeout)
}

// meteredStage returns a stage whose reactor waits without end for the first time.
func meteredStage(t *testing.T) (*stage, *metered) {
	t.Helper()
	m := &metered{waits: make(chan time.Duration, 1000)} // more than any test has
	r := newOver(t, reactor.Config{Logger: quietLog}, poll.Source{
		Open: func() (poll.Poller, error) {
			p, err := poll.New("")
			m.Hosted = p.(poll.Hosted)
			return m, err
		},
		Now: time.Now,
	})
	s := stageOf(t, r, nil)
	m.until(s, func(d time.Duration) bool { return d < 0 })
	return s, m
}

// until waits for a wait for which f is true.
func (m *metered) until(s *stage, f func(d time.Duration) bool) {
	s.Helper()
	for limit := time.After(patience); ; {
		select {
		case d := <-m.waits:
			if f(d) {
				return
			}
		case <-limit:
			s.Fatal("the poller is not waited for as it should be")
		}
	}
}

// While nothing happens no pass is made.
func TestHostedIsQuiet(t *testing.T) {
	s, m := meteredStage(t)
	polls := m.polls.Load()
	before, _ := s.host.count()
	ran := make(chan struct{})
	s.do(func() { s.r.CallLater(100*time.Millisecond, func() { close(ran) }) })
	m.until(s, func(d time.Duration) bool { return d > 0 && d <= 100*time.Millisecond })
	s.receive(ran)
	// One pass because of the new delayed call, one when it is due; a system's clock that is coarse may add a few.
	if posts, _ := s.host.count(); m.polls.Load()-polls > 10 || posts-before > 10 {
		t.Errorf("%d passes and %d posts in a tenth of a second with one delayed call", m.polls.Load()-polls, posts-before)
	}
	m.until(s, func(d time.Duration) bool { return d < 0 })
	s.do(func() {}) // the host's own events are nothing to the reactor
	if n := len(m.waits); n != 0 {
		t.Errorf("%d more waits began", n)
	}
}

// A call that is further away than what is waited for does not end the wait; one that is nearer does.
func TestHostedWaitsForTheEarliest(t *testing.T) {
	s, m := meteredStage(t)
	var call protocol.DelayedCall
	s.do(func() { call = s.r.CallLater(time.Hour, func() {}) })
	m.until(s, func(d time.Duration) bool { return d > 59*time.Minute })
	s.do(func() { s.r.CallLater(2*time.Hour, func() {}) })
	if n := len(m.waits); n != 0 {
		t.Errorf("%d waits began because of a later call", n)
	}
	s.do(func() { s.check(call.Reset(time.Minute)) })
	m.until(s, func(d time.Duration) bool { return d > 0 && d <= time.Minute })
}

func (s *stage) check(err error) {
	s.Helper()
	if err != nil {
		s.Error(err)
	}
}

// What is called between two passes gets through although nothing else happens.
func TestHostedBetweenPasses(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		t.Run(poller, func(t *testing.T) {
			s := hostedStage(t, reactor.Config{Poller: poller}, nil)
			// quiet has the reactor wait, as far as one can tell from outside: nothing is left to do when these calls come.
			quiet := func() {
				for range 3 {
					done := make(chan struct{})
					s.r.CallFromThread(func() { close(done) })
					s.receive(done)
				}
			}
			k := &guestEnd{made: make(chan protocol.Transport, 1), lost: make(chan struct{})}
			var port *reactor.Port
			quiet()
			s.do(func() {
				var err error
				if port, err = s.r.ListenTCP("127.0.0.1:0", give(k), reactor.ListenOptions{}); err != nil {
					t.Error(err)
				}
			})
			peer, err := net.Dial("tcp", port.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer peer.Close()
			s.check(peer.SetDeadline(time.Now().Add(patience)))
			tr := <-k.made
			quiet()
			s.do(func() { tr.Write([]byte("hello")) })
			if b := make([]byte, 5); true {
				if _, err := io.ReadFull(peer, b); err != nil || string(b) != "hello" {
					t.Fatalf("got %q, %v", b, err)
				}
			}
			quiet()
			large := make([]byte, 5<<20)
			s.do(func() {
				tr.(protocol.BufferedTransport).SetMaxBuffered(2 * len(large))
				tr.Write(large)
			})
			if n, err := io.CopyN(io.Discard, peer, int64(len(large))); err != nil {
				t.Fatalf("read %d bytes: %v", n, err)
			}

			quiet()
			outbound := &guestEnd{made: make(chan protocol.Transport, 1), lost: make(chan struct{})}
			s.do(func() { s.r.ConnectTCP(port.Addr().String(), give(outbound), reactor.ConnectOptions{}) })
			<-k.made
			far := <-outbound.made
			refused := make(chan struct{})
			quiet()
			s.do(func() {
				s.r.ConnectTCP("127.0.0.1:1", give(outbound), reactor.ConnectOptions{}).WhenConnected().Done(func(protocol.Protocol, error) { close(refused) })
			})
			s.receive(refused)
			quiet()
			s.do(func() { far.AbortConnection() })
			s.receive(outbound.lost)

			got := make(chan struct{})
			quiet()
			var in, out *reactor.DatagramPort
			s.do(func() {
				in, err = s.r.ListenUDP("127.0.0.1:0", &guestPackets{got: got}, reactor.PacketOptions{})
				s.check(err)
				out, err = s.r.ListenUDP("127.0.0.1:0", &guestPackets{}, reactor.PacketOptions{})
				s.check(err)
			})
			quiet()
			s.do(func() { s.check(out.WriteTo([]byte("x"), in.LocalAddr())) })
			s.receive(got)

			ended := make(chan struct{})
			quiet()
			s.do(func() { tr.LoseConnection() })
			if _, err := peer.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("after LoseConnection: %v", err)
			}
			quiet()
			s.do(func() { port.StopListening().Done(func(struct{}, error) { close(ended) }) })
			s.receive(ended)
			quiet()
			s.do(func() { s.check(s.r.Stop()) })
			s.check(s.wait())
		})
	}
}

// A guestEnd tells the test of its connection.
type guestEnd struct {
	protocol.Base
	made chan protocol.Transport
	lost chan struct{}
	over atomic.Bool
}

func (k *guestEnd) ConnectionMade(t protocol.Transport) { k.made <- t }
func (k *guestEnd) ConnectionLost(protocol.Transport, error) {
	if !k.over.Swap(true) {
		close(k.lost)
	}
}

type guestPackets struct {
	protocol.DatagramBase
	got chan struct{}
}

func (d *guestPackets) DatagramReceived(protocol.DatagramTransport, []byte, protocol.Addr) {
	close(d.got)
}

// The host gets its turn between passes however much there is to do, and never has more than one pass.
func TestHostedFloodLeavesTheHostItsTurn(t *testing.T) {
	passes := 0 // the host's thread's
	s := hostedStage(t, reactor.Config{}, nil)
	var again func()
	again = func() {
		passes++
		s.r.CallFromThread(again) // always something to do
	}
	s.r.CallFromThread(again)
	for range 100 {
		// What is posted from the host's thread itself stands behind one pass at most.
		done := make(chan struct{})
		s.do(func() {
			now := passes
			s.host.post(func() {
				defer close(done)
				if passes > now+1 {
					t.Errorf("%d passes before the host's own event", passes-now)
				}
			})
		})
		s.receive(done)
	}
	s.check(s.r.Stop())
}

// Calls from other goroutines come in order, in one pass where they can, and never more than one is with the host.
func TestHostedPostOrder(t *testing.T) {
	s := hostedStage(t, reactor.Config{}, nil)
	const n = 10000
	var got []int
	done := make(chan struct{})
	before, _ := s.host.count()
	for i := range n {
		s.r.CallFromThread(func() {
			if got = append(got, i); len(got) == n {
				close(done)
			}
		})
	}
	s.receive(done)
	if len(got) != n || !slices.IsSorted(got) {
		t.Error("the calls did not come in order")
	}
	posts, most := s.host.count()
	if most > 1 {
		t.Errorf("%d passes were with the host at a time", most)
	}
	if posts-before > n {
		t.Errorf("%d posts for %d calls", posts-before, n)
	}
}

// Everything runs on the host's thread: system events, delayed calls, callbacks of connections.
func TestHostedOnTheHostsThread(t *testing.T) {
	var own uint64
	where := make(chan string, 100) // more than there are
	note := func(what string) {
		if id := reactor.Goroutine(); id != own {
			what += fmt.Sprintf(" on goroutine %d, want %d", id, own)
		}
		where <- what
	}
	s := hostedStage(t, reactor.Config{}, func(s *stage) {
		own = reactor.Goroutine()
		for _, event := range []string{reactor.Startup, reactor.Shutdown} {
			for _, phase := range []reactor.Phase{reactor.Before, reactor.During, reactor.After} {
				_, err := s.r.AddSystemEventTrigger(phase, event, func() *deferred.Deferred[struct{}] { note(phase.String() + " " + event); return nil })
				s.check(err)
			}
		}
		s.r.CallLater(0, func() { note("delayed") })
		s.r.CallInThread(func() { s.r.CallFromThread(func() { note("posted"); s.check(s.r.Stop()) }) })
	})
	s.check(s.wait())
	var got []string
	for len(where) > 0 {
		got = append(got, <-where)
	}
	slices.Sort(got)
	want := []string{"after shutdown", "after startup", "before shutdown", "before startup", "delayed", "during shutdown", "during startup", "posted"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Between passes the host's thread counts as the loop, and the time is the time.
func TestHostedHostIsTheLoop(t *testing.T) {
	s := hostedStage(t, reactor.Config{}, nil)
	s.do(func() {
		if !s.r.OnLoop() || !s.r.Running() {
			t.Error("the host's thread does not count as the loop")
		}
		before := time.Now()
		if now := s.r.Now(); now.Before(before) {
			t.Errorf("Now tells %v, which is %v ago", now, before.Sub(now))
		}
	})
	if s.r.OnLoop() {
		t.Error("the test counts as the loop")
	}
}
