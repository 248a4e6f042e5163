// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
)

// An echoer sends back what it receives, or counts it; it records nothing, so that it allocates nothing.
type echoer struct {
	s    poll.Stream
	echo bool
	vec  [1][]byte
	got  int
}

func (e *echoer) Received(p []byte) {
	if e.got += len(p); e.echo {
		e.vec[0] = p
		_, _ = e.s.Send(e.vec[:])
	}
}
func (e *echoer) ReceivedFD(int)     {}
func (e *echoer) ReceiveEnded(error) {}
func (e *echoer) Sent(int, error)    {}

// echoes returns a poller and a function that sends a message through it and back.
func echoes(tb testing.TB, name, network string, v [][]byte, wait time.Duration) func() {
	p, err := poll.New(name)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { p.Close() })
	a, d := &port{}, &dialer{}
	address := "127.0.0.1:0"
	if network == "unix" {
		address = tempdir.Short(tb) + "/s"
	}
	l, err := p.Listen(&poll.ListenConfig{Network: network, Address: address, Backlog: 1}, a)
	if err != nil {
		tb.Fatal(err)
	}
	if d.a, err = p.Dial(&poll.DialConfig{Network: network, Address: dialable(l.Addr())}, d); err != nil {
		tb.Fatal(err)
	}
	for !d.done || len(a.accepted) == 0 {
		if _, err := p.Poll(-1); err != nil {
			tb.Fatal(err)
		}
	}
	l.Close()
	c, s := &echoer{}, &echoer{echo: true}
	for e, sock := range map[*echoer]poll.Socket{c: d.s, s: a.accepted[0]} {
		if e.s, err = p.Attach(sock, e); err != nil {
			tb.Fatal(err)
		}
		e.s.Receive(true)
	}
	size := 0
	for _, b := range v {
		size += len(b)
	}
	return func() {
		want := c.got + size
		if n, err := c.s.Send(v); n != size || err != nil {
			tb.Fatal(n, err)
		}
		for c.got < want {
			if _, err := p.Poll(wait); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

func TestAllocStream(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, tt := range []struct {
		name, network string
		v             [][]byte
	}{
		{"one slice", "tcp", [][]byte{make([]byte, 64)}},
		{"several slices", "tcp", [][]byte{make([]byte, 64), nil, make([]byte, 100)}},
		{"unix", "unix", [][]byte{make([]byte, 64)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if n := testing.AllocsPerRun(1000, echoes(t, "epoll", tt.network, tt.v, -1)); n != 0 {
				t.Errorf("%v allocations an echo", n)
			}
		})
	}
}

type counter struct {
	p    poll.Packet
	echo bool
	got  int
}

func (c *counter) PacketReceived(p []byte, from protocol.Addr) {
	if c.got++; c.echo {
		_ = c.p.SendTo(p, from)
	}
}
func (c *counter) PacketFailed(error) {}

func packetEchoes(tb testing.TB, network, host string) func() {
	p, err := poll.New("epoll")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { p.Close() })
	c, s := &counter{}, &counter{echo: true}
	for i, e := range []*counter{c, s} {
		address := host
		if network == "unixgram" {
			address = tempdir.Short(tb) + "/" + string(rune('a'+i))
		}
		if e.p, err = p.ListenPacket(&poll.PacketConfig{Network: network, Address: address}, e); err != nil {
			tb.Fatal(err)
		}
	}
	to := s.p.Addr()
	if ap := to.AddrPort(); ap.Addr().IsUnspecified() {
		to = protocol.UDPAddr(netip.AddrPortFrom(netip.IPv6Loopback(), ap.Port()))
	}
	msg := make([]byte, 64)
	return func() {
		want := c.got + 1
		if err := c.p.SendTo(msg, to); err != nil {
			tb.Fatal(err)
		}
		for c.got < want {
			if _, err := p.Poll(-1); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

func TestAllocPacket(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, tt := range []struct{ network, host string }{{"udp", "127.0.0.1:0"}, {"udp", "[::1]:0"}, {"udp", ":0"}, {"unixgram", ""}} {
		t.Run(tt.network+" "+tt.host, func(t *testing.T) {
			if tt.host == "[::1]:0" && !ipv6() {
				t.Skip("there is no IPv6")
			}
			if n := testing.AllocsPerRun(1000, packetEchoes(t, tt.network, tt.host)); n != 0 {
				t.Errorf("%v allocations an echo", n)
			}
		})
	}
}

func TestAllocWake(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	r := open(t, "epoll")
	if n := testing.AllocsPerRun(1000, func() {
		r.p.Wake()
		_, _ = r.p.Poll(-1)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkEcho64(b *testing.B) {
	for _, bb := range []struct {
		name string
		wait time.Duration
	}{{"waiting", -1}, {"spinning", 0}} {
		b.Run(bb.name, func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			echo := echoes(b, "epoll", "tcp", [][]byte{make([]byte, 64)}, bb.wait)
			b.ReportAllocs()
			for b.Loop() {
				echo()
			}
		})
	}
}

func BenchmarkPacketEcho64(b *testing.B) {
	echo := packetEchoes(b, "udp", "127.0.0.1:0")
	b.ReportAllocs()
	for b.Loop() {
		echo()
	}
}
