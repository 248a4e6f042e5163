// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"fmt"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/poll"
)

// The shared buffer grows while reads fill it and shrinks when they no longer do, and one stream is read of only so much in one pass.
func TestBuffer(t *testing.T) {
	r := open(t, "epoll")
	c, s := r.pair("unix")
	var err error
	r.must(c.s.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, 16<<20)
	}))
	if err == unix.EPERM {
		r.Skip("no right to a large buffer")
	}
	r.must(err)
	const size = 4 << 20
	largest, pass := 0, 0
	s.onReceived = func(p []byte) {
		largest = max(largest, len(p))
		pass += len(p)
	}
	round := func() (first int) {
		s.got, largest = nil, 0
		c.send(make([]byte, size))
		if !c.idle() {
			r.Skip("the system's buffer is too small")
		}
		s.s.Receive(true)
		for len(s.got) < size {
			pass = 0
			before := len(s.got)
			_, err := r.p.Poll(0)
			r.must(err)
			if before == 0 {
				first = largest
			}
			if pass > 2<<20 {
				r.Errorf("%d bytes of one stream in one pass", pass)
			}
		}
		s.s.Receive(false)
		return first
	}
	round()
	if largest != 1<<20 {
		r.Errorf("the largest read brought %d bytes", largest)
	}
	for range 5 * 256 { // four halvings
		_, err := r.p.Poll(0)
		r.must(err)
	}
	var lens []int
	s.onReceived = func(p []byte) { lens = append(lens, len(p)) }
	s.got = nil
	c.send(make([]byte, size))
	s.s.Receive(true)
	r.until("data", func() bool { return len(s.got) == size })
	if lens[0] != 64<<10 {
		r.Errorf("the buffer has %d bytes after much idleness", lens[0])
	}
}

// IPv6 addresses of one link keep their zone.
func TestZone(t *testing.T) {
	each(t, func(r *rig) {
		ip := linkLocal()
		if !ip.IsValid() {
			r.Skip("no link-local address")
		}
		a := r.listen(poll.ListenConfig{Network: "tcp", Address: fmt.Sprintf("[%v]:0", ip)})
		if got := a.l.Addr().AddrPort().Addr(); got != ip {
			r.Errorf("listening on %v, want %v", got, ip)
		}
		d := r.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String()})
		r.until("connection", func() bool { return d.done && len(a.accepted) == 1 })
		r.must(d.err)
		if got := a.accepted[0].Remote; got != d.s.Local || got.AddrPort().Addr().Zone() != ip.Zone() {
			r.Errorf("accepted from %v, dialed from %v", got, d.s.Local)
		}
		poll.CloseSocket(d.s)
		poll.CloseSocket(a.accepted[0])
		u := r.packet(poll.PacketConfig{Network: "udp", Address: fmt.Sprintf("[%v]:0", ip)})
		r.must(u.p.SendTo([]byte("x"), u.p.Addr()))
		r.until("datagram", func() bool { return len(u.got) == 1 })
		if u.from[0] != u.p.Addr() {
			r.Errorf("from %v, want %v", u.from[0], u.p.Addr())
		}
	})
}

// linkLocal returns an address of this machine that has a zone, so that the traffic stays inside.
func linkLocal() netip.Addr {
	ifs, _ := net.Interfaces()
	for _, ifi := range ifs {
		addrs, _ := ifi.Addrs()
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().IsLinkLocalUnicast() && p.Addr().Is6() {
				return p.Addr().WithZone(ifi.Name)
			}
		}
	}
	return netip.Addr{}
}
