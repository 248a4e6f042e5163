// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package memory_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/internal/memory"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var quiet = memory.Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}

// startLoop returns a loop that runs on a goroutine of its own, which ends with the test.
func startLoop(t *testing.T) *protocoltest.Clock {
	loop := new(protocoltest.Clock)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { loop.Until(ctx, func() bool { return false }) }) // the cleanup waits for it
	t.Cleanup(func() { cancel(); wg.Wait() })
	ready := make(chan struct{})
	loop.CallFromThread(func() { close(ready) })
	<-ready
	return loop
}

func side(loop protocol.Loop, p protocol.Protocol, name string) memory.Side {
	return memory.Side{Loop: loop, Factory: protocol.ForProtocol(func() protocol.Protocol { return p }), Addr: protocol.MemoryAddr(name)}
}

// roundTrips goes to and fro between loops often enough for what is under way to happen.
func roundTrips(loops ...protocol.Loop) {
	for range 100 {
		for _, loop := range loops {
			done := make(chan struct{})
			loop.CallFromThread(func() { close(done) })
			<-done
		}
	}
}

func TestConformanceOnTwoGoroutines(t *testing.T) {
	protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
		server, client := startLoop(t), startLoop(t)
		return protocoltest.Harness{
			Connect: func(s, c protocol.Protocol) {
				memory.Connect(side(server, s, "server"), side(client, c, "client"), quiet)
			},
			Settle: func() { roundTrips(server, client) },
		}
	})
}

func TestConformanceOnOneGoroutine(t *testing.T) {
	protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
		loop := startLoop(t)
		return protocoltest.Harness{
			Connect: func(s, c protocol.Protocol) { memory.Connect(side(loop, s, "server"), side(loop, c, "client"), quiet) },
			Settle:  func() { roundTrips(loop) },
		}
	})
}

// Both sides of many connections write at once, each as much as the peer takes.
func TestTraffic(t *testing.T) {
	const conns, pieces, size = 8, 64, 10000
	a, b := startLoop(t), startLoop(t)
	var all []*protocoltest.Accumulating
	sender := func() *protocoltest.Accumulating {
		p := &protocoltest.Accumulating{OnMade: func(tr protocol.Transport) {
			protocol.Pull(tr, func(yield func([]byte, error) bool) {
				piece := make([]byte, size)
				for range pieces {
					if !yield(piece, nil) {
						return
					}
				}
			}, nil)
		}}
		all = append(all, p)
		return p
	}
	for range conns {
		memory.Connect(side(a, sender(), "a"), side(b, sender(), "b"), memory.Config{Window: 5000})
	}
	for _, p := range all {
		<-p.When(pieces * size)
	}
	for _, p := range all {
		tr := p.Transport()
		tr.Loop().CallFromThread(tr.LoseConnection)
	}
	for _, p := range all {
		<-p.WhenLost()
		if !errors.Is(p.Reason(), protocol.ErrConnectionDone) {
			t.Errorf("lost by %v", p.Reason())
		}
	}
}

// Receivers that pause at each delivery and resume a turn later get everything.
func TestTrafficWithPauses(t *testing.T) {
	const pieces, size = 100, 300
	for _, policy := range []memory.Policy{memory.Joined, memory.Separate, memory.Bytewise} {
		a, b := startLoop(t), startLoop(t)
		peer := func() *protocoltest.Accumulating {
			return &protocoltest.Accumulating{
				OnMade: func(tr protocol.Transport) {
					for range pieces {
						tr.Write(make([]byte, size))
					}
				},
				OnData: func(tr protocol.Transport, _ []byte) {
					tr.Pause()
					tr.Loop().CallFromThread(tr.Resume)
				},
			}
		}
		p, q := peer(), peer()
		memory.Connect(side(a, p, "a"), side(b, q, "b"), memory.Config{Policy: policy, Window: 1000})
		<-p.When(pieces * size)
		<-q.When(pieces * size)
	}
}

func TestMade(t *testing.T) {
	clock := protocoltest.NewClock()
	var server, client protocoltest.Accumulating
	var made []protocol.Protocol
	s := side(clock, &server, "server")
	c := side(clock, &client, "client")
	c.Made = func(p protocol.Protocol, err error) {
		if client.Transport() == nil || err != nil {
			t.Errorf("Made before ConnectionMade, or with %v", err)
		}
		made = append(made, p)
	}
	_, conn := memory.Connect(s, c, quiet)
	if server.Transport() != nil {
		t.Error("ConnectionMade inside Connect")
	}
	clock.Settle()
	if len(made) != 1 || made[0] != &client {
		t.Errorf("Made got %v", made)
	}
	if client.Transport() != conn || conn.LocalAddr() != protocol.MemoryAddr("client") || conn.RemoteAddr() != protocol.MemoryAddr("server") {
		t.Errorf("%v: local %v, remote %v", client.Transport(), conn.LocalAddr(), conn.RemoteAddr())
	}
}

func TestFactoryThatGivesNoProtocol(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		name    string
		factory protocol.FactoryFunc
		want    error
	}{
		{"nil", func(net.Addr) (protocol.Protocol, error) { return nil, nil }, protocol.ErrNoProtocol},
		{"error", func(net.Addr) (protocol.Protocol, error) { return nil, broken }, broken},
		{"panic", func(net.Addr) (protocol.Protocol, error) { panic(broken) }, broken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock := protocoltest.NewClock()
			var client protocoltest.Accumulating
			var got error
			memory.Connect(
				memory.Side{Loop: clock, Factory: tt.factory, Addr: protocol.MemoryAddr("server"), Made: func(_ protocol.Protocol, err error) { got = err }},
				side(clock, &client, "client"), quiet)
			clock.Settle()
			if !errors.Is(got, tt.want) {
				t.Errorf("Made got %v, want %v", got, tt.want)
			}
			if !errors.Is(client.Reason(), io.EOF) {
				t.Errorf("the peer was lost by %v, want io.EOF", client.Reason())
			}
		})
	}
}

func TestPeerWhoseLoopHasEnded(t *testing.T) {
	here, there := protocoltest.NewClock(), protocoltest.NewClock()
	var server, client protocoltest.Accumulating
	memory.Connect(side(here, &server, "server"), side(there, &client, "client"), quiet)
	there.Settle()
	here.Settle()
	there.End()
	server.Transport().Write([]byte("anybody there?"))
	here.Settle()
	if !errors.Is(server.Reason(), protocol.ErrConnectionLost) {
		t.Errorf("lost by %v, want ErrConnectionLost", server.Reason())
	}
}

func TestBytesOnTheirWayAreBounded(t *testing.T) {
	clock := protocoltest.NewClock()
	server := protocoltest.Accumulating{OnMade: func(tr protocol.Transport) { tr.Pause() }}
	var client protocoltest.Accumulating
	_, conn := memory.Connect(side(clock, &server, "server"), side(clock, &client, "client"), memory.Config{Window: 1000})
	clock.Settle()
	for range 100 {
		conn.Write(make([]byte, 500))
		clock.Settle()
	}
	if sent := 100*500 - conn.Buffered(); sent > 1500 {
		t.Errorf("%d bytes left for a peer that does not read, past a window of 1000 and one write of 500", sent)
	}
}

func TestResetVoidsWhatIsOnItsWay(t *testing.T) {
	clock := protocoltest.NewClock()
	var server, client protocoltest.Accumulating
	_, conn := memory.Connect(side(clock, &server, "server"), side(clock, &client, "client"), quiet)
	clock.Settle()
	server.Transport().Pause()
	conn.Write([]byte("void"))
	clock.Settle()
	conn.AbortConnection()
	clock.Settle()
	if server.Reason() == nil || errors.Is(server.Reason(), protocol.ErrConnectionDone) || server.Len() > 0 {
		t.Errorf("lost by %v after %d bytes", server.Reason(), server.Len())
	}
}

func TestPanicIsLogged(t *testing.T) {
	clock := protocoltest.NewClock()
	var log strings.Builder
	server := protocoltest.Accumulating{OnLost: func(protocol.Transport, error) { panic("broken for good") }}
	var client protocoltest.Accumulating
	memory.Connect(side(clock, &server, "server"), side(clock, &client, "client"), memory.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	clock.Settle()
	client.Transport().LoseConnection()
	clock.Settle()
	if !strings.Contains(log.String(), "broken for good") || !strings.Contains(log.String(), "memory_test.go") {
		t.Errorf("no value or no stack in the log: %s", log.String())
	}
}

func TestPolicies(t *testing.T) {
	for _, tt := range []struct {
		policy memory.Policy
		want   string
	}{
		{memory.Joined, "[onetwothree]"},
		{memory.Separate, "[one][twothree]"},
		{memory.Bytewise, "[o][n][e][t][w][o][t][h][r][e][e]"},
	} {
		clock := protocoltest.NewClock()
		var got strings.Builder
		server := protocoltest.Accumulating{OnData: func(_ protocol.Transport, p []byte) { got.WriteString("[" + string(p) + "]") }}
		client := protocoltest.Accumulating{OnMade: func(tr protocol.Transport) {
			tr.Write([]byte("one"))
			tr.Write(nil)
			tr.WriteSequence([][]byte{[]byte("two"), []byte("three")})
		}}
		memory.Connect(side(clock, &server, "server"), side(clock, &client, "client"), memory.Config{Policy: tt.policy})
		clock.Settle()
		if got.String() != tt.want {
			t.Errorf("policy %d: got %s, want %s", tt.policy, got.String(), tt.want)
		}
	}
}
