// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"crypto/tls"
	"errors"
	"io"
	"iter"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/task"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// In a main loop that a dialog runs, a callback deeper, coroutines wait until the dialog is over; all else goes on, and nobody spins.
func TestHostedCoroutinesInADialog(t *testing.T) {
	s, m := meteredStage(t)
	var steps []string
	note := func(what string) { steps = append(steps, what) }
	gate := deferred.New[int](nil)
	var early, started, cancelled *deferred.Deferred[int]
	s.do(func() {
		gate = deferred.New[int](s.r)
		early = deferred.Go(s.r, func(co *deferred.Coroutine) (int, error) {
			note("begun")
			return deferred.Await(co, gate)
		})
		early.Done(func(n int, err error) { note("awaited") })
	})
	if !slices.Equal(steps, []string{"begun"}) {
		t.Fatalf("a button's handler: got %q", steps)
	}
	var undo func()
	ended := make(chan struct{})
	s.do(func() {
		undo = reactor.SetDepth(1)
		started = deferred.Go(s.r, func(co *deferred.Coroutine) (int, error) { note("begun in the dialog"); return 1, nil })
		cancelled = deferred.Go(s.r, func(co *deferred.Coroutine) (int, error) { note("never begun"); return 1, nil })
		cancelled.Cancel()
		cancelled.Done(func(_ int, err error) {
			if !errors.Is(err, deferred.ErrCancelled) {
				t.Errorf("cancelled: %v", err)
			}
		})
		started.Done(func(int, error) { close(ended) })
		gate.Callback(1)
		s.r.CallLater(0, func() { note("delayed") })
	})
	passed := make(chan struct{})
	s.do(func() {
		polls := m.polls.Load()
		s.r.CallLater(100*time.Millisecond, func() {
			if n := m.polls.Load() - polls; n > 30 {
				t.Errorf("%d passes in a tenth of a second", n)
			}
			close(passed)
		})
	})
	s.receive(passed)
	s.do(func() {
		if want := []string{"begun", "delayed"}; !slices.Equal(steps, want) {
			t.Errorf("in the dialog: got %q, want %q", steps, want)
		}
		undo()
	})
	s.receive(ended) // though nothing else happens
	s.do(func() {
		if want := []string{"begun", "delayed", "awaited", "begun in the dialog"}; len(steps) != 4 || !slices.Contains(steps, "awaited") {
			t.Errorf("after the dialog: got %q, want %q", steps, want)
		}
	})
	m.until(s, func(d time.Duration) bool { return d < 0 })
}

// What else has coroutines in it waits too: tasks of a Cooperator, sequences that are written.
func TestHostedSequencesInADialog(t *testing.T) {
	s := hostedStage(t, reactor.Config{}, nil)
	peer, tr := s.pair()
	var undo func()
	steps, closed := 0, false
	done := make(chan error, 2)
	var work *task.CooperativeTask
	s.do(func() {
		work = task.NewCooperator(s.r, task.CooperatorOptions{}).Cooperate(func(yield func(*deferred.Deferred[struct{}]) bool) {
			defer func() { closed = true }()
			for steps++; yield(nil); steps++ {
			}
		})
	})
	for n := 0; n < 3; {
		s.do(func() { n = steps })
	}
	var lines iter.Seq2[[]byte, error] = func(yield func([]byte, error) bool) {
		for range 3 {
			if !yield([]byte("x"), nil) {
				return
			}
		}
	}
	passed := make(chan struct{})
	s.do(func() {
		undo = reactor.SetDepth(2)
		steps = 0
		s.check(protocol.Pull(tr, lines, func(err error) { done <- err }))
		s.check(work.Stop())
		s.r.CallLater(50*time.Millisecond, func() { close(passed) })
	})
	s.receive(passed)
	s.do(func() {
		if steps != 0 || closed || len(done) != 0 {
			t.Errorf("in the dialog: %d steps, closed %t, %d written", steps, closed, len(done))
		}
		undo()
	})
	s.check(<-done)
	b := make([]byte, 3)
	if _, err := io.ReadFull(peer, b); err != nil || string(b) != "xxx" {
		t.Errorf("got %q, %v", b, err)
	}
	s.do(func() {
		if !closed {
			t.Error("the task that was stopped has not come to its end")
		}
	})
}

// pair returns both ends of a connection, the second on the reactor.
func (s *stage) pair() (net.Conn, protocol.Transport) {
	s.Helper()
	k := &guestEnd{made: make(chan protocol.Transport, 1), lost: make(chan struct{})}
	return s.connect(give(k)), <-k.made
}

// connect connects to a port with the factory.
func (s *stage) connect(f protocol.Factory) net.Conn {
	s.Helper()
	var port *reactor.Port
	var err error
	s.do(func() { port, err = s.r.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{}) })
	if err != nil {
		s.Fatal(err)
	}
	peer, err := net.Dial("tcp", port.Addr().String())
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { peer.Close() })
	s.check(peer.SetDeadline(time.Now().Add(patience)))
	return peer
}

// A TLS handshake, whose state is a coroutine, waits as well; connections that are open go on.
func TestHostedTLSInADialog(t *testing.T) {
	key, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	own, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := tlswrap.Server(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{own.TLS()}}}, protocol.ForProtocol(func() echo { return echo{} }))
	if err != nil {
		t.Fatal(err)
	}
	s := hostedStage(t, reactor.Config{}, nil)
	client := func() *tls.Conn { return tls.Client(s.connect(f), &tls.Config{InsecureSkipVerify: true}) }
	open := client()
	say := func(c *tls.Conn) {
		t.Helper()
		b := []byte("hello")
		_, err := c.Write(b)
		if err == nil {
			_, err = io.ReadFull(c, b)
		}
		s.check(err)
	}
	say(open)
	var undo func()
	s.do(func() { undo = reactor.SetDepth(1) })
	waiting, leaving := client(), client()
	shaken := make(chan error, 1)
	go func() { shaken <- waiting.Handshake() }() // the test waits for it
	go leaving.Handshake()                        // ends with its connection
	for range 5 {
		say(open)
	}
	leaving.NetConn().Close()
	select {
	case err := <-shaken:
		t.Fatalf("the handshake ended in the dialog: %v", err)
	default:
	}
	s.do(undo)
	s.check(<-shaken)
	say(waiting)
}

// Two reactors live in one host. The coroutines of the first do not mind that the second comes and goes.
func TestHostedTwoReactors(t *testing.T) {
	s := hostedStage(t, reactor.Config{}, nil)
	second, err := reactor.New(reactor.Config{Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	var gates [2]*deferred.Deferred[int]
	steps := make(chan string, 3)
	over := make(chan struct{})
	s.do(func() {
		for i := range gates {
			gates[i] = deferred.New[int](s.r)
		}
		deferred.Go(s.r, func(co *deferred.Coroutine) (int, error) {
			for _, g := range gates {
				if _, err := deferred.Await(co, g); err != nil {
					return 0, err
				}
				steps <- "awaited"
			}
			return 0, nil
		})
		h, err := second.StartHosted(s.host.post)
		if err != nil {
			t.Error(err)
			close(over)
			return
		}
		h.OnStop(func() { close(over) })
		deferred.Go(second, func(co *deferred.Coroutine) (int, error) {
			_, err := deferred.Await(co, task.Sleep(second, time.Millisecond))
			gates[0].Callback(0)
			s.check(second.Stop())
			return 0, err
		})
	})
	s.receive(over)
	s.do(func() { gates[1].Callback(0) })
	for range gates {
		<-steps
	}
}

// The stack tells a coroutine from what resumed it, at any depth.
func TestDepths(t *testing.T) {
	var down func(n int)
	down = func(n int) {
		if n > 0 {
			down(n - 1)
			return
		}
		if callbacks, coroutine := reactor.Depths(); callbacks != 0 || coroutine {
			t.Errorf("outside: %d, %t", callbacks, coroutine)
		}
		next, stop := iter.Pull(func(yield func(int) bool) {
			callbacks, coroutine := reactor.Depths()
			if callbacks != 0 || !coroutine {
				t.Errorf("inside: %d, %t", callbacks, coroutine)
			}
			yield(0)
		})
		defer stop()
		next()
	}
	for _, n := range []int{0, 100, 1000} {
		down(n)
	}
}
