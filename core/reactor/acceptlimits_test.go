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

// TestMaxPerPeer (class 62): one address cannot take everything, nor fill the log.
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
	for range 25 {
		if served(m, dial()) {
			t.Error("a third connection was served")
		}
	}
	if !served(m, a) || !served(m, b) || port.Connections() != 2 {
		t.Errorf("the others suffered; %d connections", port.Connections())
	}
	if n := strings.Count(log.String(), "too many connections of one peer"); n != 10 || m.Stats().Refused != 25 {
		t.Errorf("%d lines for %d refusals", n, m.Stats().Refused)
	}
	m.Advance(time.Second)
	dial()
	if !strings.Contains(log.String(), "unlogged=15") {
		t.Errorf("what was left out is not told:\n%s", log.String())
	}
	a.Close()
	m.Settle()
	if !served(m, dial()) {
		t.Error("after one ended the next was not served")
	}
}

// TestAcceptRate (class 62): a flood of connections waits in the system.
func TestAcceptRate(t *testing.T) {
	var log bytes.Buffer
	m, err := reactortest.NewMemoryOf(reactor.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
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
	if lines, n := strings.Count(log.String(), "too many connections in a second"), m.Stats().AcceptPauses; lines != 2 || n != 2 {
		t.Errorf("the bound struck twice: %d lines, %d counted", lines, n)
	}
}

// TestMaxConnections (class 62): at a bound on connections the port waits, says so once and counts.
func TestMaxConnections(t *testing.T) {
	for bound, set := range map[string]func(*reactor.Config, *reactor.ListenOptions){
		"Config.MaxConnections":        func(c *reactor.Config, _ *reactor.ListenOptions) { c.MaxConnections = 2 },
		"ListenOptions.MaxConnections": func(_ *reactor.Config, o *reactor.ListenOptions) { o.MaxConnections = 2 },
	} {
		var log bytes.Buffer
		cfg, opt := reactor.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, reactor.ListenOptions{}
		set(&cfg, &opt)
		m, err := reactortest.NewMemoryOf(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.ListenTCP("127.0.0.1:80", protocol.ForProtocol(func() echo { return echo{} }), opt); err != nil {
			t.Fatal(err)
		}
		var peers []*reactortest.Peer
		for range 5 {
			peers = append(peers, m.Dial("127.0.0.1:80"))
			m.Settle()
		}
		if !served(m, peers[0]) || !served(m, peers[1]) || m.Connections() != 2 {
			t.Errorf("%s: %d connections", bound, m.Connections())
		}
		if n := m.Stats().AcceptPauses; n != 1 || strings.Count(log.String(), "accepting none for now") != 1 || !strings.Contains(log.String(), bound) {
			t.Errorf("%s: %d pauses counted, log:\n%s", bound, n, log.String())
		}
		peers[0].Close()
		m.Settle()
		if !served(m, peers[2]) || m.Connections() != 2 || m.Stats().AcceptPauses != 2 || !strings.Contains(log.String(), "accepting again") {
			t.Errorf("%s: the next one is not served; %d connections, %+v", bound, m.Connections(), m.Stats())
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
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
