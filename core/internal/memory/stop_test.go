// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package memory_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"testing"

	"github.com/torsion-go/torsion/core/internal/memory"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// hand returns a reactor that the test drives.
func hand(t *testing.T) *reactortest.Memory {
	t.Helper()
	m, err := reactortest.NewMemoryOf(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// settle lets everything happen on two reactors.
func settle(a, b *reactortest.Memory) {
	for range 10 {
		a.Settle()
		b.Settle()
	}
}

func isLost(t *testing.T, who string, p *protocoltest.Accumulating, classes ...error) {
	t.Helper()
	for _, class := range classes {
		if !errors.Is(p.Reason(), class) {
			t.Errorf("the %s was lost by %v, want %v", who, p.Reason(), class)
		}
	}
}

// What was written before the end arrives, however much it is; then the peer learns.
func TestReactorStops(t *testing.T) {
	for _, stop := range []func(m *reactortest.Memory) error{
		func(m *reactortest.Memory) error { return m.Stop() },
		func(m *reactortest.Memory) error { return m.Close() },
	} {
		here, there := hand(t), hand(t)
		var server, client protocoltest.Accumulating
		producer := &stopped{}
		memory.Connect(side(here.Loop, &server, "server"), side(there.Loop, &client, "client"), memory.Config{Window: 1000})
		settle(here, there)
		want := bytes.Repeat([]byte("0123456789"), 5000)
		client.Transport().Pause()
		server.Transport().RegisterProducer(producer, protocol.PullProducer)
		server.Transport().Write(want)
		settle(here, there)
		if err := stop(here); err != nil {
			t.Fatal(err)
		}
		settle(here, there)
		isLost(t, "server", &server, protocol.ErrConnectionLost, reactor.ErrStopped)
		if !errors.Is(producer.reason, reactor.ErrStopped) {
			t.Errorf("the producer was stopped by %v", producer.reason)
		}
		if n, err := server.Transport().Write([]byte("x")); n != 0 || err != net.ErrClosed {
			t.Errorf("a write after the end: %d, %v", n, err)
		}
		if client.Reason() != nil {
			t.Errorf("the client, which does not read, was lost by %v", client.Reason())
		}
		client.Transport().Resume()
		settle(here, there)
		if !bytes.Equal(client.Data(), want) {
			t.Errorf("%d bytes arrived of %d", client.Len(), len(want))
		}
		isLost(t, "client", &client, protocol.ErrConnectionDone, io.EOF)
	}
}

type stopped struct{ reason error }

func (s *stopped) Pause()            {}
func (s *stopped) Resume()           {}
func (s *stopped) Stop(reason error) { s.reason = reason }

func TestReactorOfBothEndsStops(t *testing.T) {
	m := hand(t)
	var server, client protocoltest.Accumulating
	memory.Connect(side(m.Loop, &server, "server"), side(m.Loop, &client, "client"), quiet)
	m.Settle()
	if err := m.Stop(); err != nil {
		t.Fatal(err)
	}
	m.Settle()
	isLost(t, "server", &server, reactor.ErrStopped)
	isLost(t, "client", &client, reactor.ErrStopped)
}

// An end that closes already ends as it would have.
func TestReactorStopsWhileClosing(t *testing.T) {
	here, there := hand(t), hand(t)
	var server, client protocoltest.Accumulating
	memory.Connect(side(here.Loop, &server, "server"), side(there.Loop, &client, "client"), quiet)
	settle(here, there)
	server.Transport().RegisterProducer(&stopped{}, protocol.PushProducer) // holds the close up
	server.Transport().LoseConnection()
	client.Transport().AbortConnection()
	if err := here.Close(); err != nil {
		t.Fatal(err)
	}
	if err := there.Close(); err != nil {
		t.Fatal(err)
	}
	isLost(t, "server", &server, protocol.ErrConnectionDone, net.ErrClosed)
	isLost(t, "client", &client, protocol.ErrConnectionAborted)
}

// A connection to a loop that ends before it knows of the connection, or that has ended.
func TestReactorStopsBeforeItIsConnected(t *testing.T) {
	for _, tt := range []struct {
		name  string
		early bool
	}{{"before Connect", true}, {"after Connect", false}} {
		t.Run(tt.name, func(t *testing.T) {
			here, there := hand(t), hand(t)
			if tt.early {
				here.Close()
			}
			var server, client protocoltest.Accumulating
			var made error
			s := side(here.Loop, &server, "server")
			s.Made = func(_ protocol.Protocol, err error) { made = err }
			memory.Connect(s, side(there.Loop, &client, "client"), quiet)
			if err := here.Close(); err != nil {
				t.Fatal(err)
			}
			settle(here, there)
			isLost(t, "client", &client, protocol.ErrConnectionClosed)
			if server.Transport() != nil || !tt.early && !errors.Is(made, reactor.ErrStopped) {
				t.Errorf("the server has %v, made with %v", server.Transport(), made)
			}
		})
	}
}

// A tally is a loop that counts who wants to know of its end.
type tally struct {
	*protocoltest.Clock
	n       int
	refusal error
}

func (l *tally) CallWhenStopping(func(error)) (func(), error) {
	if l.refusal != nil {
		return nil, l.refusal
	}
	l.n++
	return func() { l.n-- }, nil
}

func TestLoopForgetsWhatHasEnded(t *testing.T) {
	loop := &tally{Clock: protocoltest.NewClock()}
	var server, client protocoltest.Accumulating
	memory.Connect(side(loop, &server, "server"), side(loop, &client, "client"), quiet)
	loop.Settle()
	if loop.n != 2 {
		t.Errorf("%d ends are known to the loop, want 2", loop.n)
	}
	client.Transport().LoseConnection()
	loop.Settle()
	if loop.n != 0 {
		t.Errorf("%d ends are known to the loop that are over", loop.n)
	}
}

// A loop that stops but still runs gets to tell why there is no connection.
func TestLoopThatStopsRefuses(t *testing.T) {
	loop, there := &tally{Clock: protocoltest.NewClock(), refusal: errors.New("too late")}, protocoltest.NewClock()
	var server, client protocoltest.Accumulating
	var made error
	s := side(loop, &server, "server")
	s.Made = func(_ protocol.Protocol, err error) { made = err }
	memory.Connect(s, side(there, &client, "client"), quiet)
	loop.Settle()
	there.Settle()
	if !errors.Is(made, loop.refusal) || !errors.Is(made, protocol.ErrConnectionLost) {
		t.Errorf("made with %v", made)
	}
	isLost(t, "client", &client, io.EOF)
}
