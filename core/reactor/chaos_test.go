// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// TestChaos lets both ends of many connections do anything at any moment, and checks what holds whatever they do: callbacks in order, none after the last,
// nothing received after the end was asked for, every byte the one that was sent, producers told of the end once, and nothing left behind.
func TestChaos(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		for _, network := range []string{"tcp", "unix"} {
			for seed := range uint64(4) {
				t.Run(fmt.Sprintf("%s-%s-%d", poller, network, seed), func(t *testing.T) {
					if network == "unix" {
						needsUNIX(t, poller, network)
					}
					s := newStorm(t, seed)
					r := running(t, reactor.Config{Poller: poller, Loops: 2, MaxBuffered: 1 << 20})
					s.reactors = []*reactor.Reactor{r}
					s.limit = 60
					s.listen(r, network, reactor.ListenOptions{Backlog: 100, Loops: 2})
					for range 100 {
						s.connect(r.Loops()[0])
					}
					s.wait(0)
				})
			}
		}
	}
}

// A storm makes connections between rowdies.
type storm struct {
	*testing.T
	seed     uint64
	rng      *rand.Rand // the test's goroutine's
	reactors []*reactor.Reactor
	ports    []*reactor.Port
	null     *os.File // to be passed
	limit    int      // steps of a rowdy, at most
	large    bool     // some writes are of several MiB

	rowdies     atomic.Uint64
	open        atomic.Int64
	freed       chan struct{} // room for one: open has become less
	connections atomic.Int64
	bytes       atomic.Int64
	descriptors atomic.Int64
	datagrams   atomic.Int64
}

// newStorm makes a storm without reactors. They are made after it, and so end before it: a server may still accept what its client has given up.
func newStorm(t *testing.T, seed uint64) *storm {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { null.Close() })
	return &storm{T: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 0)), null: null, freed: make(chan struct{}, 1)}
}

// listen opens a port.
func (s *storm) listen(r *reactor.Reactor, network string, opt reactor.ListenOptions) {
	s.Helper()
	f := s.factory(nil)
	path := filepath.Join(tempdir.Short(s), "s")
	err := make(chan error)
	r.CallFromThread(func() {
		var p *reactor.Port
		var e error
		if network == "tcp" {
			p, e = r.ListenTCP("127.0.0.1:0", f, opt)
		} else {
			p, e = r.ListenUNIX(path, f, reactor.UNIXListenOptions{Backlog: opt.Backlog, Loops: opt.Loops})
		}
		s.ports = append(s.ports, p)
		err <- e
	})
	if err := <-err; err != nil {
		s.Fatal(err)
	}
}

// factory makes rowdies, on any loop. ended is called at the end of each.
func (s *storm) factory(ended func()) protocol.Factory {
	return protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) {
		p := &rowdy{T: s.T, storm: s, rng: rand.New(rand.NewPCG(s.seed, s.rowdies.Add(1))), ended: ended, out: newSource()}
		p.limit = 1 + p.rng.IntN(s.limit)
		return p, nil
	})
}

// connect connects to some port.
func (s *storm) connect(l *reactor.Loop) {
	port := s.ports[s.rng.IntN(len(s.ports))]
	s.open.Add(1)
	s.connections.Add(1)
	ended := func() {
		s.open.Add(-1)
		select {
		case s.freed <- struct{}{}:
		default:
		}
	}
	l.CallFromThread(func() {
		var c *reactor.Connector
		if addr := port.Addr(); addr.Network() == "unix" {
			c = l.ConnectUNIX(addr.Name(), s.factory(ended), reactor.ConnectOptions{})
		} else {
			c = l.ConnectTCP(addr.String(), s.factory(ended), reactor.ConnectOptions{})
		}
		c.WhenConnected().Done(func(_ protocol.Protocol, err error) {
			if err != nil { // the other end aborted it before this one knew of it
				ended()
			}
		})
	})
}

// wait waits until at most n connections are open, and when n is 0 until their last counts, which follow the last callbacks, are done.
func (s *storm) wait(n int64) {
	for s.open.Load() > n {
		<-s.freed
	}
	for _, r := range s.reactors {
		for n == 0 && r.Connections() > 0 {
			settle(r)
		}
	}
}

// settle waits until every loop has run what was posted to it, what that posted, and a pass after that.
func settle(r *reactor.Reactor) {
	for range 4 {
		for _, l := range r.Loops() {
			done := make(chan struct{})
			l.CallFromThread(func() { close(done) })
			<-done
		}
	}
}
