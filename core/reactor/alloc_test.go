// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"net"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

type echo struct{ protocol.Base }

func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

// TestAllocEcho holds that a message costs no allocation, on either side of a connection. Each run drives the loop until the answer is there.
func TestAllocEcho(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, poller := range reactor.Pollers() {
		if poller == "portable" {
			continue // its goroutines allocate
		}
		for _, size := range []int{64, 4096, 40_000} {
			if got := allocsPerEcho(t, poller, size); got != 0 {
				t.Errorf("%s, %d bytes: %v allocations a message", poller, size, got)
			}
		}
	}
}

func allocsPerEcho(t *testing.T, poller string, size int) float64 {
	r, err := reactor.New(reactor.Config{Poller: poller})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	port, err := r.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() echo { return echo{} }), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	client := &counter{}
	r.ConnectTCP(port.Addr().String(), protocol.ForProtocol(func() *counter { return client }), reactor.ConnectOptions{})
	for client.t == nil || r.Connections() < 2 {
		if err := r.Iterate(time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	message := make([]byte, size)
	return testing.AllocsPerRun(500, func() { // which warms up first
		client.n = 0
		client.t.Write(message)
		for client.n < size {
			if err := r.Iterate(-1); err != nil {
				t.Fatal(err)
			}
		}
	})
}

type counter struct {
	protocol.Base
	t protocol.Transport
	n int
}

func (c *counter) ConnectionMade(t protocol.Transport)          { c.t = t }
func (c *counter) DataReceived(_ protocol.Transport, p []byte)  { c.n += len(p) }
func (c *counter) ConnectionLost(t protocol.Transport, _ error) {}

// TestAllocTimers holds that a timeout that is moved, cancelled and armed again costs no allocation, with many others pending.
func TestAllocTimers(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range 10_000 {
		r.CallLater(time.Duration(i)*time.Second, func() {})
	}
	c := r.CallLater(time.Minute, func() {})
	for name, f := range map[string]func(){
		"Reset later":      func() { c.Reset(time.Hour) },
		"Reset":            func() { c.Reset(time.Second); c.Reset(time.Hour) },
		"Rearm":            func() { c.Rearm(time.Minute) },
		"Cancel and Rearm": func() { c.Cancel(); c.Rearm(time.Minute) },
	} {
		if got := testing.AllocsPerRun(100_000, f); got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

// BenchmarkEcho exchanges 64 bytes with an ordinary socket.
func BenchmarkEcho(b *testing.B) {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		b.Fatal(err)
	}
	port, err := r.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() echo { return echo{} }), reactor.ListenOptions{})
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(b.Context()) }()
	c, err := net.Dial("tcp", port.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	p := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(p); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Read(p); err != nil {
			b.Fatal(err)
		}
	}
	r.Stop()
	<-ended
}
