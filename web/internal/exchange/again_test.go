// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// What is sent again because a kept connection was dead does not get another one that was kept, which may be dead too: not even when it has to wait.
func TestAgainOnANewConnection(t *testing.T) {
	s := newServer(t, exchange.Config{MaxConns: 2})
	answer := func(conn int) {
		s.conns[conn].FeedString("HTTP/1.1 204 No Content\r\n\r\n")
		s.settle()
	}
	s.do(exchange.Request{})
	s.do(exchange.Request{})
	answer(0)
	answer(1)
	first, second, third := s.do(exchange.Request{}), s.do(exchange.Request{}), s.do(exchange.Request{})
	s.conns[0].Lose(protocol.Lost(errors.New("reset"))) // of second, in whose place third gets a connection
	s.settle()
	if len(s.conns) != 3 || s.pool.Waiting() != 1 {
		t.Fatalf("%d connections, %d wait", len(s.conns), s.pool.Waiting())
	}
	answer(1)
	if !s.conns[1].Disconnected() || len(s.conns) != 4 {
		t.Fatalf("the connection that was used is kept: %d connections", len(s.conns))
	}
	answer(2)
	answer(3)
	for i, l := range []*log{first, second, third} {
		if l.err != nil || l.over != 1 {
			t.Errorf("%d: %v, %d times over", i, l.err, l.over)
		}
	}
}

// One that asks for a new connection gets one, also when it has to wait.
func TestFreshWaits(t *testing.T) {
	s := newServer(t, exchange.Config{MaxConns: 1})
	s.do(exchange.Request{})
	l := s.do(exchange.Request{Fresh: true})
	s.conns[0].FeedString("HTTP/1.1 204 No Content\r\n\r\n")
	s.settle()
	if len(s.conns) != 2 || l.x.Reused() {
		t.Errorf("%d connections", len(s.conns))
	}
}

// A server that answers a few exchanges on a connection and goes away is asked again for the others, as long as it answers some.
func TestH2GoesAwayOften(t *testing.T) {
	s := newServer2(t, exchange.Config{})
	f := newFrames()
	s.settled(f)
	var logs []*log
	for range 20 {
		logs = append(logs, s.do(exchange.Request{Method: "POST", Length: 1, Content: []byte("x")}))
	}
	stream := uint32(3)
	for conn := 0; conn < 10; conn++ {
		if conn > 0 {
			f, stream = newFrames(), 1
			f.to(s, conn)
		}
		f.headers(stream, true, ":status", "200").headers(stream+2, true, ":status", "200")
		f.out = h2.AppendGoAway(f.out, stream+2, h2.NoError, "")
		f.to(s, conn)
		if want := min(conn+2, 10); len(s.conns) != want {
			t.Fatalf("%d connections, want %d", len(s.conns), want)
		}
	}
	for i, l := range logs {
		if l.err != nil || l.over != 1 {
			t.Errorf("%d: %v, %d times over", i, l.err, l.over)
		}
	}
	// One that answers nothing is not asked for ever.
	s = newServer2(t, exchange.Config{})
	l := s.do(exchange.Request{})
	for conn := 0; l.over == 0; conn++ {
		f := newFrames()
		f.out = h2.AppendGoAway(f.out, 0, h2.NoError, "")
		f.to(s, conn)
	}
	if len(s.conns) != 4 || fmt.Sprint(l.phase()) == "none" {
		t.Errorf("%d connections, %v", len(s.conns), l.err)
	}
}

// One that answers others, on each connection, and refuses one of them for ever, is not asked for ever either.
func TestH2RefusesForEver(t *testing.T) {
	s := newServer2(t, exchange.Config{})
	l := s.do(exchange.Request{})
	for conn := 0; l.over == 0 && conn < 1000; conn++ {
		f := newFrames()
		f.to(s, conn)
		other := s.do(exchange.Request{})
		f.headers(3, true, ":status", "204")
		f.out = h2.AppendGoAway(f.out, 3, h2.NoError, "")
		f.rst(1, h2.RefusedStream).to(s, conn)
		if other.over != 1 || other.err != nil {
			t.Fatalf("connection %d: the other one: %v", conn, other.err)
		}
	}
	refused, ok := errors.AsType[*exchange.RefusedError](l.err)
	reset, isReset := errors.AsType[*h2.Error](l.err)
	if !ok || refused.Times != 101 || len(s.conns) != 101 || l.over != 1 || !isReset || reset.Code != h2.RefusedStream {
		t.Errorf("%d connections, %v", len(s.conns), l.err)
	}
}
