// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// A chat notes what happens to it and answers.
type chat struct {
	events []string
	t      protocol.Transport
}

func (c *chat) ConnectionMade(t protocol.Transport) { c.t = t; c.events = append(c.events, "made") }
func (c *chat) DataReceived(t protocol.Transport, p []byte) {
	c.events = append(c.events, string(p))
	t.Write(append([]byte("re: "), p...))
}

func (c *chat) ConnectionLost(_ protocol.Transport, reason error) {
	c.events = append(c.events, fmt.Sprint(errors.Is(reason, io.EOF), errors.Is(reason, protocol.ErrConnectionLost)))
}

func (c *chat) want(t *testing.T, events ...string) {
	t.Helper()
	if !slices.Equal(c.events, events) {
		t.Errorf("got %q, want %q", c.events, events)
	}
}

func TestServer(t *testing.T) {
	m := reactortest.NewMemory(t)
	var c *chat
	port, err := m.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() *chat { c = &chat{}; return c }), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if all := m.Listening(); len(all) != 1 || all[0] != port.Addr() {
		t.Errorf("listening on %v", all)
	}
	if m.Dial("127.0.0.1:1") != nil {
		t.Error("connected to nobody")
	}
	p := m.Dial(port.Addr().String())
	m.Settle()
	p.Write([]byte("hello"))
	m.Settle()
	if got := string(p.Received()); got != "re: hello" {
		t.Errorf("got %q", got)
	}
	if c.t.RemoteAddr() != p.LocalAddr() || c.t.LocalAddr() != p.RemoteAddr() {
		t.Error("the addresses differ")
	}
	p.Close()
	m.Settle()
	c.want(t, "made", "hello", "true false")

	p = m.Dial(port.Addr().String())
	m.Settle()
	p.Abort()
	m.Settle()
	c.want(t, "made", "false true")

	p = m.Dial(port.Addr().String())
	m.Settle()
	c.t.AbortConnection()
	m.Settle()
	if err := p.Err(); err != syscall.ECONNRESET {
		t.Errorf("the peer got %v", err)
	}
}

func TestClient(t *testing.T) {
	m := reactortest.NewMemory(t)
	c := &chat{}
	f := protocol.ForProtocol(func() *chat { return c })
	connector := m.ConnectTCP("192.0.2.1:80", f, reactor.ConnectOptions{})
	m.Settle()
	if all := m.Attempts(); !slices.Equal(all, []string{"192.0.2.1:80"}) {
		t.Errorf("attempts %q", all)
	}
	p := m.Answer("192.0.2.1:80")
	m.Settle()
	p.Write([]byte("hi"))
	p.CloseWrite()
	m.Settle()
	if connector.State() != reactor.Disconnected || p.Err() != io.EOF || string(p.Received()) != "re: hi" {
		t.Errorf("%v, %v", connector.State(), p.Err())
	}
	c.want(t, "made", "hi", "true false")
	if m.Answer("192.0.2.1:80") != nil || m.Refuse("192.0.2.1:80", syscall.ECONNREFUSED) {
		t.Error("an attempt that is over was answered")
	}
}

func TestWindow(t *testing.T) {
	m := reactortest.NewMemory(t)
	c := &chat{}
	if _, err := m.ListenTCP(":80", protocol.ForProtocol(func() *chat { return c }), reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	p := m.Dial(":80")
	p.SetWindow(3)
	m.Settle()
	c.t.Write([]byte("0123456789"))
	m.Settle()
	for _, want := range []string{"012", "345", "678", "9", ""} {
		if got := string(p.Received()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		m.Settle()
	}
}

func TestDatagrams(t *testing.T) {
	m := reactortest.NewMemory(t)
	var got []string
	a, err := m.ListenUDP("127.0.0.1:53", &collector{got: &got}, reactor.PacketOptions{MaxSize: 4})
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.ListenUDP("127.0.0.1:0", &collector{}, reactor.PacketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"one", "three"} {
		if err := b.WriteTo([]byte(s), a.LocalAddr()); err != nil {
			t.Error(err)
		}
	}
	if err := b.WriteTo([]byte("lost"), protocol.UDPAddr(netip.MustParseAddrPort("127.0.0.1:9"))); err != nil {
		t.Error(err)
	}
	m.Settle()
	if !slices.Equal(got, []string{"one", "thre"}) {
		t.Errorf("got %q", got)
	}
}

// A reset is noticed though reading is paused, and after the end of stream, as over sockets; an end in order waits.
func TestResetWhilePaused(t *testing.T) {
	for name, tt := range map[string]struct {
		paused, half bool
		do           func(*reactortest.Peer)
		lost         bool
	}{
		"reset":           {true, false, (*reactortest.Peer).Abort, true},
		"end":             {true, false, func(p *reactortest.Peer) { p.Close() }, false},
		"end, then reset": {false, true, func(p *reactortest.Peer) { p.CloseWrite() }, true},
	} {
		t.Run(name, func(t *testing.T) {
			m := reactortest.NewMemory(t)
			p := &pausing{paused: tt.paused}
			var made protocol.Protocol = p
			if tt.half {
				made = &halfPausing{p}
			}
			f := protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { return made, nil })
			if _, err := m.ListenTCP("127.0.0.1:80", f, reactor.ListenOptions{}); err != nil {
				t.Fatal(err)
			}
			peer := m.Dial("127.0.0.1:80")
			m.Settle()
			tt.do(peer)
			m.Settle()
			if tt.half {
				peer.Abort()
				m.Settle()
			}
			if p.lost != tt.lost {
				t.Errorf("lost %v, want %v", p.lost, tt.lost)
			}
		})
	}
}

type pausing struct {
	paused, lost bool
}

func (p *pausing) ConnectionMade(t protocol.Transport) {
	if p.paused {
		t.Pause()
	}
}
func (p *pausing) DataReceived(protocol.Transport, []byte)  {}
func (p *pausing) ConnectionLost(protocol.Transport, error) { p.lost = true }

type halfPausing struct{ *pausing }

func (p *halfPausing) ReadConnectionLost(protocol.Transport)  {}
func (p *halfPausing) WriteConnectionLost(protocol.Transport) {}

type collector struct {
	protocol.DatagramBase
	got *[]string
}

func (c *collector) DatagramReceived(_ protocol.DatagramTransport, p []byte, _ protocol.Addr) {
	*c.got = append(*c.got, string(p))
}

func TestUntil(t *testing.T) {
	m := reactortest.NewMemory(t)
	n := 0
	go func() { // ends by itself
		for range 3 {
			m.CallFromThread(func() { n++ })
		}
	}()
	if err := m.Until(context.Background(), func() bool { return n == 3 }); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := m.Until(ctx, func() bool { return false }); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

func TestAdvanceStops(t *testing.T) {
	m := reactortest.NewMemory(t)
	start := m.Time()
	var at []time.Duration
	var tick func()
	tick = func() {
		at = append(at, m.Time().Sub(start))
		m.CallLater(10*time.Second, tick)
	}
	m.CallLater(5*time.Second, tick)
	m.Advance(30 * time.Second)
	if want := []time.Duration{5 * time.Second, 15 * time.Second, 25 * time.Second}; !slices.Equal(at, want) {
		t.Errorf("ticked at %v, want %v", at, want)
	}
}

func ExampleMemory() {
	m, err := reactortest.NewMemoryOf(reactor.Config{})
	if err != nil {
		panic(err)
	}
	defer m.Close()
	m.ConnectTCP("192.0.2.1:80", protocol.ForProtocol(func() *chat { return &chat{} }), reactor.ConnectOptions{})
	server := m.Answer("192.0.2.1:80")
	server.Write([]byte("who is there?"))
	m.Settle()
	fmt.Printf("%s\n", server.Received())
	// Output: re: who is there?
}
