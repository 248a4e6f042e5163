// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
)

func TestUDP(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		each(t, func(r *rig) {
			if host == "[::1]" && !ipv6() {
				r.Skip("there is no IPv6")
			}
			s := r.packet(poll.PacketConfig{Network: "udp", Address: host + ":0"})
			c := r.packet(poll.PacketConfig{Network: "udp", Address: host + ":0"})
			s.hook = func() { r.must(s.p.SendTo(s.got[len(s.got)-1], s.from[len(s.from)-1])) }
			for i, p := range [][]byte{[]byte("x"), {}, bytes.Repeat([]byte("y"), 8192)} {
				r.must(c.p.SendTo(p, s.p.Addr()))
				r.until("echo", func() bool { return len(c.got) == i+1 })
				if !bytes.Equal(c.got[i], p) || c.from[i] != s.p.Addr() || s.from[i] != c.p.Addr() {
					r.Errorf("sent %d bytes, got %d from %v", len(p), len(c.got[i]), c.from[i])
				}
			}
		})
	}
}

// A burst of datagrams arrives whole and in order.
func TestUDPBurst(t *testing.T) {
	each(t, func(r *rig) {
		s := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		c := r.packet(poll.PacketConfig{Network: "udp4", Address: ":0"})
		const n = 100
		for i := range n {
			r.must(c.p.SendTo([]byte{byte(i)}, s.p.Addr()))
		}
		r.until("datagrams", func() bool { return len(s.got) == n })
		for i, p := range s.got {
			if len(p) != 1 || p[0] != byte(i) {
				r.Fatalf("datagram %d is %v", i, p)
			}
		}
	})
}

// An IPv6 wildcard speaks IPv4 too, with plain addresses.
func TestUDPDual(t *testing.T) {
	each(t, func(r *rig) {
		s := r.packet(poll.PacketConfig{Network: "udp", Address: ":0"})
		c := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		to := protocol.UDPAddr(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), s.p.Addr().AddrPort().Port()))
		r.must(c.p.SendTo([]byte("a"), to))
		r.until("datagram", func() bool { return len(s.got) == 1 })
		if s.from[0] != c.p.Addr() {
			r.Errorf("from %v, want %v", s.from[0], c.p.Addr())
		}
		r.must(s.p.SendTo([]byte("b"), s.from[0]))
		r.until("answer", func() bool { return len(c.got) == 1 })
		if c.from[0] != to {
			r.Errorf("answer from %v, want %v", c.from[0], to)
		}
	})
}

func TestPacketSizes(t *testing.T) {
	each(t, func(r *rig) {
		s := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0", MaxSize: 100})
		def := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		large := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0", MaxSize: 200_000})
		for _, tt := range []struct {
			s          *socket
			size, want int
		}{{s, 99, 99}, {s, 101, 100}, {def, 9000, protocol.MaxDatagram}, {large, 65507, 65507}} {
			r.must(def.p.SendTo(make([]byte, tt.size), tt.s.p.Addr()))
			r.until("datagram", func() bool { return len(tt.s.got) > 0 })
			if tt.s.from[0] != def.p.Addr() {
				r.Errorf("%d bytes came from %v, want %v", tt.size, tt.s.from[0], def.p.Addr())
			}
			if got := len(tt.s.got[0]); got != tt.want {
				r.Errorf("%d bytes arrived as %d, want %d", tt.size, got, tt.want)
			}
			tt.s.got, tt.s.from = nil, nil
		}
		err := s.p.SendTo(make([]byte, 70_000), def.p.Addr())
		if e, ok := errors.AsType[*protocol.MessageLengthError](err); !ok || e.Size != 70_000 {
			r.Errorf("70,000 bytes: %v", err)
		}
	})
}

func TestPacketAddresses(t *testing.T) {
	if !ipv6() {
		t.Skip("there is no IPv6")
	}
	each(t, func(r *rig) {
		four := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		six := r.packet(poll.PacketConfig{Network: "udp", Address: "[::1]:0"})
		for _, tt := range []struct {
			s  *socket
			to protocol.Addr
		}{{four, six.p.Addr()}, {six, four.p.Addr()}, {four, protocol.HostnameAddr("localhost", 1)}, {six, protocol.UNIXDatagramAddr("/x")}} {
			for _, err := range []error{tt.s.p.SendTo([]byte("x"), tt.to), tt.s.p.Connect(tt.to)} {
				if _, ok := errors.AsType[*protocol.InvalidAddressError](err); !ok {
					r.Errorf("to %v from %v: %v", tt.to, tt.s.p.Addr(), err)
				}
			}
		}
		if err := four.p.SendTo([]byte("x"), protocol.Addr{}); err == nil {
			r.Error("sent to nobody")
		}
	})
}

func TestUDPConnected(t *testing.T) {
	each(t, func(r *rig) {
		r.keepsErrors()
		s := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		c := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		other := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		r.must(c.p.Connect(s.p.Addr()))
		r.must(c.p.SendTo([]byte("to the peer"), protocol.Addr{}))
		r.until("datagram", func() bool { return len(s.got) == 1 })
		r.must(other.p.SendTo([]byte("stranger"), c.p.Addr()))
		r.must(s.p.SendTo([]byte("friend"), c.p.Addr()))
		r.until("datagram", func() bool { return len(c.got) > 0 })
		if string(c.got[0]) != "friend" {
			r.Errorf("got %q", c.got[0])
		}
		r.must(s.p.Close())
		for range 2 { // the second is the one that meets the error of the first, if nothing else did
			r.must(c.p.SendTo([]byte("anybody?"), protocol.Addr{}))
		}
		r.until("refusal", func() bool { return len(c.errs) > 0 })
		if !errors.Is(c.errs[0], syscall.ECONNREFUSED) {
			r.Error(c.errs)
		}
		// The socket goes on.
		s2 := r.packet(poll.PacketConfig{Network: "udp", Address: s.p.Addr().String()})
		r.until("datagram", func() bool {
			r.must(c.p.SendTo([]byte("again"), protocol.Addr{}))
			return len(s2.got) > 0
		})
		// A socket without a peer is not told.
		r.must(s2.p.Close())
		r.must(c.p.Close()) // which may have another refusal to tell of
		r.must(other.p.SendTo([]byte("x"), s.p.Addr()))
		r.must(other.p.SendTo([]byte("x"), s.p.Addr()))
		quiet(r)
		if len(other.errs) > 0 {
			r.Error(other.errs)
		}
	})
}

func TestPacketCloseInUpcall(t *testing.T) {
	each(t, func(r *rig) {
		s := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		c := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		s.hook = func() { r.must(s.p.Close()) }
		for range 5 {
			r.must(c.p.SendTo([]byte("x"), s.p.Addr()))
		}
		r.until("datagram", func() bool { return len(s.got) > 0 })
		quiet(r)
		if len(s.got) != 1 {
			r.Error("a datagram after Close")
		}
		if err := s.p.SendTo([]byte("x"), c.p.Addr()); !errors.Is(err, net.ErrClosed) {
			r.Error(err)
		}
	})
}

// Two listeners of one multicast group share its port.
func TestPacketReuse(t *testing.T) {
	each(t, func(r *rig) {
		a := r.packet(poll.PacketConfig{Network: "udp4", Address: ":0", ReuseAddr: true, ReusePort: true})
		b := r.packet(poll.PacketConfig{Network: "udp4", Address: a.p.Addr().String(), ReuseAddr: true, ReusePort: true})
		if a.p.Addr() != b.p.Addr() {
			r.Error("not the same port")
		}
		if _, err := r.p.ListenPacket(&poll.PacketConfig{Network: "udp4", Address: a.p.Addr().String()}, a); !errors.Is(err, syscall.EADDRINUSE) {
			r.Errorf("without sharing: %v", err)
		}
	})
}

func TestUnixgram(t *testing.T) {
	each(t, func(r *rig) {
		for _, path := range unixPaths(r, tempdir.Short(r)+"/s") {
			s := r.packet(poll.PacketConfig{Network: "unixgram", Address: path})
			if s.p.Addr() != protocol.UNIXDatagramAddr(path) {
				r.Errorf("bound to %q", s.p.Addr().Name())
			}
			named := r.packet(poll.PacketConfig{Network: "unixgram", Address: tempdir.Short(r) + "/c"})
			nameless := r.packet(poll.PacketConfig{Network: "unixgram"})
			r.must(named.p.SendTo([]byte("one"), s.p.Addr()))
			r.must(nameless.p.Connect(s.p.Addr()))
			r.must(nameless.p.SendTo([]byte("two"), protocol.Addr{}))
			r.until("datagrams", func() bool { return len(s.got) == 2 })
			if string(s.got[0]) != "one" || s.from[0] != named.p.Addr() || string(s.got[1]) != "two" || s.from[1].IsValid() {
				r.Errorf("got %q from %v", s.got, s.from)
			}
			r.must(s.p.SendTo([]byte("back"), s.from[0]))
			r.until("answer", func() bool { return len(named.got) == 1 })
			if named.from[0] != s.p.Addr() {
				r.Errorf("answer from %v", named.from[0])
			}
			r.must(s.p.Close())
			r.must(nameless.p.SendTo([]byte("anybody?"), protocol.Addr{}))
			r.until("refusal", func() bool { return len(nameless.errs) == 1 })
			if !errors.Is(nameless.errs[0], syscall.ECONNREFUSED) {
				r.Error(nameless.errs)
			}
			if err := named.p.SendTo([]byte("x"), s.p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
				r.Errorf("sending to a dead path: %v", err)
			}
		}
	})
}
