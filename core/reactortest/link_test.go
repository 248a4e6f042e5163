// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest_test

import (
	"fmt"
	"io"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// chatAt listens with a chat and returns it once it is built.
func chatAt(t *testing.T, m *reactortest.Memory) func() *chat {
	t.Helper()
	var c *chat
	if _, err := m.ListenTCP("127.0.0.1:80", protocol.ForProtocol(func() *chat { c = &chat{}; return c }), reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	return func() *chat { return c }
}

func TestLatency(t *testing.T) {
	m := reactortest.NewMemory(t)
	m.SetLink(reactortest.Link{Latency: time.Second})
	server := chatAt(t, m)
	p := m.Dial("127.0.0.1:80")
	p.Write([]byte("one"))
	p.Write([]byte(" two"))
	m.Advance(time.Second - 1)
	if server() != nil {
		t.Error("the connection was there before its time")
	}
	m.Advance(1)
	server().want(t, "made", "one two")
	m.Advance(time.Second - 1)
	if got := p.Received(); got != nil {
		t.Errorf("%q came before its time", got)
	}
	m.Advance(1)
	if got := string(p.Received()); got != "re: one two" {
		t.Errorf("got %q", got)
	}
	p.Write([]byte("three"))
	p.CloseWrite()
	m.SetLink(reactortest.Link{}) // what is on its way keeps its time, and what follows does not overtake it
	m.Settle()
	server().want(t, "made", "one two")
	m.Advance(time.Second)
	server().want(t, "made", "one two", "three", "true false")
}

func TestLatencyOfAClient(t *testing.T) {
	m := reactortest.NewMemory(t)
	m.SetLink(reactortest.Link{Latency: time.Second})
	server := chatAt(t, m)
	c := &chat{}
	connector := m.ConnectTCP("127.0.0.1:80", protocol.ForProtocol(func() *chat { return c }), reactor.ConnectOptions{Timeout: -1})
	m.Advance(time.Second)
	server().want(t, "made")
	c.want(t)
	m.Advance(time.Second)
	c.want(t, "made")
	c.t.LoseConnection()
	m.Advance(time.Second)
	server().want(t, "made", "true false")

	connector.Connect()
	connector.StopConnecting()
	m.Advance(2 * time.Second)
	server().want(t, "made", "false true") // reset before it was there
	if connector.State() != reactor.Disconnected {
		t.Error("an attempt that was given up succeeded")
	}
}

// Bytes that find nobody are answered with a reset.
func TestLatencyReset(t *testing.T) {
	m := reactortest.NewMemory(t)
	server := chatAt(t, m)
	p := m.Dial("127.0.0.1:80")
	m.Settle()
	m.SetLink(reactortest.Link{Latency: time.Second})
	server().t.LoseConnection()
	if _, err := p.Write([]byte("to nobody")); err != nil {
		t.Errorf("the peer knows already: %v", err)
	}
	m.Advance(time.Second)
	if err := p.Err(); err != io.EOF {
		t.Errorf("the end is %v", err)
	}
	m.Advance(time.Second)
	if err := p.Err(); err != syscall.ECONNRESET {
		t.Errorf("the end is %v", err)
	}

	p = m.Dial("127.0.0.1:80")
	m.Advance(time.Second)
	p.Abort()
	m.Settle()
	server().want(t, "made")
	m.Advance(time.Second)
	server().want(t, "made", "false true")
}

// The window counts what is on its way.
func TestLatencyWindow(t *testing.T) {
	m := reactortest.NewMemory(t)
	server := chatAt(t, m)
	p := m.Dial("127.0.0.1:80")
	p.SetWindow(3)
	m.Settle()
	m.SetLink(reactortest.Link{Latency: time.Second})
	server().t.Write([]byte("01234"))
	m.Settle()
	m.Advance(time.Second)
	if got := string(p.Received()); got != "012" {
		t.Errorf("got %q", got)
	}
	m.Advance(2 * time.Second)
	if got := string(p.Received()); got != "34" {
		t.Errorf("got %q", got)
	}
}

// fates sends datagrams over a link and returns what came.
func fates(t *testing.T, l reactortest.Link, n int) []string {
	t.Helper()
	m := reactortest.NewMemory(t)
	m.SetLink(l)
	var got []string
	a, err := m.ListenUDP("127.0.0.1:53", &collector{got: &got}, reactor.PacketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.ListenUDP("127.0.0.1:0", &collector{}, reactor.PacketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := b.WriteTo([]byte(fmt.Sprintf("%03d", i)), a.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	m.Settle()
	if l.Latency > 0 && len(got) > 0 {
		t.Error("datagrams came at once")
	}
	m.Advance(l.Latency + l.Jitter)
	return got
}

func TestLossAndJitter(t *testing.T) {
	if got := fates(t, reactortest.Link{Latency: time.Second}, 100); len(got) != 100 || !slices.IsSorted(got) {
		t.Errorf("over a good link came %d", len(got))
	}
	lossy := fates(t, reactortest.Link{Loss: 0.5, Seed: 1}, 100)
	if len(lossy) < 20 || len(lossy) > 80 {
		t.Errorf("half of them should get lost, %d came", len(lossy))
	}
	if again := fates(t, reactortest.Link{Loss: 0.5, Seed: 1}, 100); !slices.Equal(lossy, again) {
		t.Error("the same seed has another fate")
	}
	if others := fates(t, reactortest.Link{Loss: 0.5, Seed: 2}, 100); slices.Equal(lossy, others) {
		t.Error("another seed has the same fate")
	}
	if got := fates(t, reactortest.Link{Loss: 1}, 10); len(got) != 0 {
		t.Errorf("%d came of none", len(got))
	}
	if got := fates(t, reactortest.Link{Jitter: time.Second, Seed: 1}, 100); len(got) != 100 || slices.IsSorted(got) {
		t.Error("none overtook another")
	}
}

// In a bubble the latency passes by itself.
func TestLatencyInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := reactortest.NewBubbleOf(reactor.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		m.SetLink(reactortest.Link{Latency: time.Hour})
		server := chatAt(t, m)
		p := m.Dial("127.0.0.1:80")
		p.Write([]byte("hi"))
		start := time.Now()
		for p.Received() == nil {
			if err := m.Iterate(-1); err != nil {
				t.Fatal(err)
			}
		}
		if got := time.Since(start); got != 2*time.Hour {
			t.Errorf("the answer came after %v", got)
		}
		server().want(t, "made", "hi")
	})
}
