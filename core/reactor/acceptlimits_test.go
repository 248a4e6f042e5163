// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// served reports whether the peer's connection was taken: it is still open and echoes.
func served(m *reactortest.Memory, p *reactortest.Peer) bool {
	if _, err := p.Write([]byte("x")); err != nil {
		return false
	}
	m.Settle()
	return string(p.Received()) == "x"
}

func TestMaxPerPeer(t *testing.T) {
	var log bytes.Buffer
	m, err := reactortest.NewMemoryOf(reactor.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	port, err := m.ListenTCP("127.0.0.1:80", protocol.ForProtocol(func() echo { return echo{} }), reactor.ListenOptions{MaxPerPeer: 2})
	if err != nil {
		t.Fatal(err)
	}
	dial := func() *reactortest.Peer {
		p := m.Dial("127.0.0.1:80")
		m.Settle()
		return p
	}
	a, b := dial(), dial()
	if a.LocalAddr().AddrPort().Addr() != b.LocalAddr().AddrPort().Addr() {
		t.Fatal("the test needs two connections of one address")
	}
	for range 5 {
		if served(m, dial()) {
			t.Error("a third connection was served")
		}
	}
	if !served(m, a) || !served(m, b) || port.Connections() != 2 {
		t.Errorf("the others suffered; %d connections", port.Connections())
	}
	if n := strings.Count(log.String(), "too many connections of one peer"); n != 1 || m.Stats().Refused != 5 {
		t.Errorf("%d lines for %d refusals", n, m.Stats().Refused)
	}
	a.Close()
	m.Settle()
	if !served(m, dial()) {
		t.Error("after one ended the next was not served")
	}
}

func TestAcceptRate(t *testing.T) {
	m := reactortest.NewMemory(t)
	if _, err := m.ListenTCP("127.0.0.1:80", protocol.ForProtocol(func() echo { return echo{} }), reactor.ListenOptions{AcceptRate: 3}); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		m.Dial("127.0.0.1:80")
	}
	m.Settle()
	for i, want := range []int{3, 6, 8} {
		if n := m.Connections(); n != want {
			t.Errorf("%d connections in second %d, want %d", n, i, want)
		}
		m.Advance(time.Second - 1)
		if n := m.Connections(); n != want {
			t.Errorf("%d connections at the end of second %d, want %d", n, i, want)
		}
		m.Advance(1)
	}
}

// TestCoroutinesEndWithTheLoop: what waits for something that never comes ends with Run, and its deferred calls run.
func TestCoroutinesEndWithTheLoop(t *testing.T) {
	leaktest.Check(t)
	for _, end := range []struct {
		name string
		f    func(r *reactor.Reactor) error
	}{{"stop", (*reactor.Reactor).Stop}, {"crash", (*reactor.Reactor).Crash}} {
		t.Run(end.name, func(t *testing.T) {
			r, err := reactor.New(reactor.Config{Loops: 2})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			ended := make(chan int, 10) // one for each coroutine
			left := 10                  // touched on the main loop only
			for _, l := range r.Loops() {
				for range 5 {
					l.CallFromThread(func() {
						deferred.Go(l, func(co *deferred.Coroutine) (int, error) {
							defer func() { ended <- 1 }()
							r.CallFromThread(func() {
								if left--; left == 0 {
									end.f(r)
								}
							})
							return deferred.Await(co, deferred.New[int](l))
						})
					})
				}
			}
			if err := r.Run(context.Background()); err != nil {
				t.Error(err)
			}
			if n := len(ended); n != 10 {
				t.Errorf("%d of 10 coroutines ended", n)
			}
		})
	}
}

func TestIterateOnAnotherGoroutine(t *testing.T) {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Iterate(0); err != nil {
		t.Fatal(err)
	}
	other := make(chan error)             // Iterate's result
	go func() { other <- r.Iterate(0) }() // ends with the call
	if err := <-other; err != reactor.ErrOtherGoroutine {
		t.Errorf("got %v", err)
	}
	if err := r.Iterate(0); err != nil {
		t.Error(err)
	}
}
