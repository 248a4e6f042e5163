// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// TestChaos lets both ends of many connections do anything at any moment, and checks what holds whatever they do: callbacks in order, none after the last,
// nothing received after the end was asked for, producers told of the end once, and nothing left behind.
func TestChaos(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		for _, network := range []string{"tcp", "unix"} {
			for seed := range uint64(4) {
				t.Run(fmt.Sprintf("%s-%s-%d", poller, network, seed), func(t *testing.T) {
					chaos(t, poller, network, seed)
				})
			}
		}
	}
}

func chaos(t *testing.T, poller, network string, seed uint64) {
	const pairs = 100
	r := running(t, reactor.Config{Poller: poller, Loops: 2, MaxBuffered: 1 << 20})
	var ends sync.WaitGroup
	ends.Add(2 * pairs)
	n := uint64(0)
	f := protocol.ForProtocol(func() *rowdy {
		n++
		return &rowdy{T: t, rng: rand.New(rand.NewPCG(seed, n)), ended: ends.Done}
	})
	var mu sync.Mutex // the factory is called by both loops
	locked := protocol.FactoryFunc(func(peer net.Addr) (protocol.Protocol, error) {
		mu.Lock()
		defer mu.Unlock()
		return f.BuildProtocol(peer)
	})
	path := filepath.Join(t.TempDir(), "s")
	r.CallFromThread(func() {
		var port *reactor.Port
		var err error
		if network == "tcp" {
			port, err = r.ListenTCP("127.0.0.1:0", locked, reactor.ListenOptions{Backlog: pairs, Loops: 2})
		} else {
			port, err = r.ListenUNIX(path, locked, reactor.UNIXListenOptions{Backlog: pairs, Loops: 2})
		}
		if err != nil {
			t.Error(err)
			ends.Add(-2 * pairs)
			return
		}
		for range pairs {
			var c *reactor.Connector
			if network == "tcp" {
				c = r.ConnectTCP(port.Addr().String(), locked, reactor.ConnectOptions{})
			} else {
				c = r.ConnectUNIX(path, locked, reactor.ConnectOptions{})
			}
			c.WhenConnected().Done(func(_ protocol.Protocol, err error) {
				if err != nil { // the other end aborted it before this one knew of it
					ends.Done()
				}
			})
		}
	})
	ends.Wait()
	for r.Connections() > 0 { // the last count follows the last callback
		done := make(chan struct{})
		r.Loops()[1].CallFromThread(func() { close(done) })
		<-done
	}
}

// A rowdy is a protocol, and its own producer, that does something unreasonable now and then.
type rowdy struct {
	*testing.T
	rng   *rand.Rand
	t     protocol.Transport
	ended func()

	calls    int  // of the callback that runs; more than one would overlap
	made     bool // ConnectionMade was called
	lost     bool // ConnectionLost was called
	closed   bool // this end asked for the end
	readLost bool
	register bool // as a producer
	mode     protocol.ProducerMode
	left     int // bytes that the producer still makes
	steps    int
}

func (p *rowdy) enter(name string) func() {
	if p.lost {
		p.Errorf("%s after ConnectionLost", name)
	}
	if p.calls++; p.calls > 1 {
		p.Errorf("%s inside another callback", name)
	}
	return func() { p.calls-- }
}

func (p *rowdy) ConnectionMade(t protocol.Transport) {
	if p.made {
		p.Error("ConnectionMade twice")
	}
	p.made, p.t = true, t
	defer p.enter("ConnectionMade")()
	t.Write(make([]byte, p.rng.IntN(5000)))
	p.act()
	p.tick()
}

// tick acts from outside of the connection's callbacks, and sees to it that the connection ends.
func (p *rowdy) tick() {
	p.t.Loop().CallLater(0, func() {
		switch p.steps++; {
		case p.lost:
			return
		case p.steps > 60:
			p.closed = true
			p.t.AbortConnection()
			return
		}
		p.act()
		p.tick()
	})
}

func (p *rowdy) DataReceived(_ protocol.Transport, b []byte) {
	defer p.enter("DataReceived")()
	switch {
	case !p.made:
		p.Error("data before ConnectionMade")
	case p.closed:
		p.Error("data after the end was asked for")
	case p.readLost:
		p.Error("data after the end of stream")
	case len(b) == 0:
		p.Error("no data")
	}
	p.act()
}

func (p *rowdy) ReadConnectionLost(protocol.Transport) {
	defer p.enter("ReadConnectionLost")()
	if p.readLost || p.closed {
		p.Errorf("ReadConnectionLost, again %v, closed %v", p.readLost, p.closed)
	}
	p.readLost = true
	p.act()
}

func (p *rowdy) WriteConnectionLost(protocol.Transport) {
	defer p.enter("WriteConnectionLost")()
	p.act()
}

func (p *rowdy) ConnectionLost(_ protocol.Transport, reason error) {
	defer p.enter("ConnectionLost")()
	p.lost = true
	switch {
	case !p.made:
		p.Error("ConnectionLost before ConnectionMade")
	case reason == nil:
		p.Error("no reason")
	case p.register:
		p.Error("a producer was not told of the end")
	}
	if n, err := p.t.Write([]byte("x")); n != 0 || err == nil {
		p.Errorf("a write after the end: %d, %v", n, err)
	}
	p.t.LoseConnection()
	p.t.Resume()
	p.ended()
}

func (p *rowdy) act() {
	half := p.t.(protocol.HalfCloseTransport)
	switch n := p.rng.IntN(100); {
	case n < 30:
		p.t.Write(make([]byte, 1+p.rng.IntN(40_000)))
	case n < 35:
		p.t.WriteSequence([][]byte{nil, make([]byte, p.rng.IntN(300_000)), []byte("x")})
	case n < 50:
		p.t.Pause()
	case n < 70:
		p.t.Resume()
	case n < 78 && !p.register:
		p.left = p.rng.IntN(200_000)
		p.mode = []protocol.ProducerMode{protocol.PushProducer, protocol.PullProducer}[p.rng.IntN(2)]
		p.register = true
		if err := p.t.RegisterProducer(p, p.mode); err != nil && p.register {
			p.Errorf("RegisterProducer: %v, without Stop", err)
		}
	case n < 84 && p.register:
		p.register = false
		p.t.UnregisterProducer()
	case n < 87:
		half.LoseWriteConnection()
	case n < 90:
		p.closed = true
		p.t.LoseConnection()
	case n < 91:
		p.closed = true
		p.t.AbortConnection()
	case n < 92 && p.calls > 0:
		p.closed = true
		panic(errChaos)
	}
}

var errChaos = errors.New("chaos")

// Resume, Pause and Stop are those of the producer.
func (p *rowdy) Resume() {
	if p.lost || !p.register {
		p.Errorf("a producer that is resumed, lost %v, registered %v", p.lost, p.register)
	}
	if p.left <= 0 {
		p.register = false
		p.t.UnregisterProducer()
		return
	}
	n := min(p.left, 1+p.rng.IntN(20_000))
	p.left -= n
	p.t.Write(make([]byte, n))
	if p.rng.IntN(50) == 0 {
		p.closed = true
		p.t.AbortConnection()
	}
}

func (p *rowdy) Pause() {
	if p.lost || !p.register || p.mode != protocol.PushProducer {
		p.Errorf("a producer that is paused, lost %v, registered %v, %v", p.lost, p.register, p.mode)
	}
}

func (p *rowdy) Stop(reason error) {
	if !p.register || reason == nil {
		p.Errorf("a producer that is stopped, registered %v, reason %v", p.register, reason)
	}
	p.register = false
}
