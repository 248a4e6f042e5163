// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
)

// coalescing returns a UDP socket that receives what belongs together as one message, or skips the test where the system cannot.
func coalescing(r *rig) (fd int, at protocol.Addr) {
	r.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	r.must(err)
	r.Cleanup(func() { unix.Close(fd) })
	r.must(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	if !sys.Coalesces(fd, true) || !sys.Segments(fd) {
		r.Skip("the system does not coalesce")
	}
	sa, err := unix.Getsockname(fd)
	r.must(err)
	return fd, protocol.UDPAddr(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(sa.(*unix.SockaddrInet4).Port)))
}

// Datagrams of one size to one address, the last of which may be shorter, leave as one message.
func TestPacketSegments(t *testing.T) {
	r := open(t, "epoll")
	fd, to := coalescing(r)
	other, elsewhere := coalescing(r)
	s := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
	sizes := func(fd int) string {
		var got []int
		for {
			n, _, err := unix.Recvfrom(fd, make([]byte, 1<<16), unix.MSG_DONTWAIT)
			if err != nil {
				return fmt.Sprint(got)
			}
			got = append(got, n)
		}
	}
	for i, tt := range []struct {
		sizes     []int
		elsewhere int // which of them goes there, -1 for none
		want      string
	}{
		{[]int{100, 100, 100, 30, 100, 100}, -1, "[330 200]"},
		{[]int{100}, -1, "[100]"},
		{[]int{30, 100, 100, 0, 0, 100}, -1, "[30 200 0 0 100]"},
		{[]int{100, 100, 100, 100, 100}, 2, "[200 200]"},
		{[]int{1452, 1452, 1453, 1452}, -1, "[2904 1453 1452]"},
	} {
		for k, n := range tt.sizes {
			dst := to
			if k == tt.elsewhere {
				dst = elsewhere
			}
			r.must(s.p.SendTo(make([]byte, n), dst))
		}
		_, err := r.p.Poll(0)
		r.must(err)
		if got := sizes(fd); got != tt.want {
			r.Errorf("%d: messages of %s bytes, want %s", i, got, tt.want)
		}
	}
	if got := sizes(other); got != "[100]" {
		r.Errorf("elsewhere: %s", got)
	}
	// More than one message may have.
	for range 100 {
		r.must(s.p.SendTo(make([]byte, 1200), to))
	}
	_, err := r.p.Poll(0)
	r.must(err)
	if got := sizes(fd); got != fmt.Sprint([]int{54 * 1200, 46 * 1200}) {
		r.Errorf("100 datagrams of 1200 bytes: %s", got)
	}
}

// What the system cannot cut leaves in single datagrams.
func TestPacketSegmentsRefused(t *testing.T) {
	r := open(t, "epoll")
	fd, to := coalescing(r)
	s := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
	r.must(s.p.Control(func(fd uintptr) { // without checksums nothing can be cut
		r.must(unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_NO_CHECK, 1))
	}))
	for range 2 {
		for i := range 5 {
			r.must(s.p.SendTo(numbered(i, 100), to))
		}
		_, err := r.p.Poll(0)
		r.must(err)
		for i := range 5 {
			b := make([]byte, 1000)
			n, _, err := unix.Recvfrom(fd, b, unix.MSG_DONTWAIT)
			if err != nil || !bytes.Equal(b[:n], numbered(i, 100)) {
				r.Fatalf("datagram %d has %d bytes, %v", i, n, err)
			}
		}
	}
	if len(s.errs) > 0 {
		r.Error(s.errs)
	}
}

// An address that nothing can be sent to does not make the system's cutting look impossible.
func TestPacketSegmentsToNowhere(t *testing.T) {
	r := open(t, "epoll")
	fd, to := coalescing(r)
	s := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
	for _, dst := range []protocol.Addr{protocol.UDPAddr(netip.MustParseAddrPort("127.0.0.1:0")), to} {
		for i := range 5 {
			r.must(s.p.SendTo(numbered(i, 100), dst))
		}
		if dst != to { // in one batch with these
			for i := range 3 {
				r.must(s.p.SendTo(numbered(i, 50), to))
			}
		}
		_, err := r.p.Poll(0)
		r.must(err)
	}
	got := 0
	var last int
	for {
		n, _, err := unix.Recvfrom(fd, make([]byte, 1000), unix.MSG_DONTWAIT)
		if err != nil {
			break
		}
		got, last = got+n, n
	}
	if got != 3*50+5*100 || last != 5*100 {
		r.Errorf("%d bytes, the last message of %d", got, last)
	}
	r.until("errors", func() bool { return len(s.errs) == 5 })
}

// A coalesced message is split into its datagrams, each cut to the maximum; Close ends it in between.
func TestPacketCoalesced(t *testing.T) {
	r := open(t, "epoll")
	coalescing(r)
	for _, tt := range []struct{ size, segment, max, closeAt int }{
		{1250, 100, 0, 0}, {1200, 100, 0, 0}, {1250, 100, 60, 0}, {1250, 100, 30, 0}, {99, 100, 0, 0}, {1452, 23, 0, 0}, {1250, 100, 0, 5},
	} {
		c := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		r.must(c.p.Control(func(fd uintptr) { r.must(unix.SetsockoptInt(int(fd), unix.SOL_UDP, unix.UDP_SEGMENT, tt.segment)) }))
		s := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0", MaxSize: tt.max})
		r.must(s.p.Control(func(fd uintptr) { // control messages of the socket's owner are not in the way
			r.must(unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1))
			r.must(unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_PKTINFO, 1))
		}))
		s.hook = func() {
			if len(s.got) == tt.closeAt {
				r.must(s.p.Close())
			}
		}
		p := make([]byte, tt.size)
		for i := range p {
			p[i] = byte(i * 7)
		}
		var want [][]byte
		for q := p; len(q) > 0; q = q[min(tt.segment, len(q)):] {
			d := q[:min(tt.segment, len(q))]
			if tt.max > 0 {
				d = d[:min(len(d), tt.max)]
			}
			want = append(want, d)
		}
		if tt.closeAt > 0 {
			want = want[:tt.closeAt]
		}
		r.must(c.p.SendTo(p, s.p.Addr()))
		r.until("datagrams", func() bool { return len(s.got) >= len(want) })
		quiet(r)
		if len(s.got) != len(want) {
			r.Fatalf("%+v: %d datagrams, want %d", tt, len(s.got), len(want))
		}
		for i, d := range want {
			if !bytes.Equal(s.got[i], d) || s.from[i] != c.p.Addr() {
				r.Errorf("%+v: datagram %d has %d bytes from %v, want %d", tt, i, len(s.got[i]), s.from[i], len(d))
			}
		}
	}
}

// A socket that others own too is not made to coalesce, but when it does, that is understood.
func TestPacketCoalescedAdopted(t *testing.T) {
	for _, on := range []bool{false, true} {
		r := open(t, "epoll")
		fd, at := coalescing(r)
		if !on {
			r.must(unix.SetsockoptInt(fd, unix.SOL_UDP, unix.UDP_GRO, 0))
		}
		s := r.packet(poll.PacketConfig{Network: "udp", AdoptFD: fd})
		c := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		for i := range 5 {
			r.must(c.p.SendTo(numbered(i, 50), at))
		}
		r.until("datagrams", func() bool { return len(s.got) >= 5 })
		for i, p := range s.got {
			if !bytes.Equal(p, numbered(i, 50)) {
				r.Errorf("datagram %d is %v", i, p)
			}
		}
		if sys.Coalesces(fd, false) != on {
			r.Error("the adopted socket was changed")
		}
	}
}

// Descriptors that ride on a datagram are not taken.
func TestUnixgramDescriptors(t *testing.T) {
	r := open(t, "epoll")
	path := tempdir.Short(r) + "/s"
	u := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
	r.must(u.p.SendTo([]byte("x"), u.p.Addr())) // whose control messages are received
	r.until("datagram", func() bool { return len(u.got) == 1 })
	s := r.packet(poll.PacketConfig{Network: "unixgram", Address: path})
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	r.must(err)
	defer unix.Close(fd)
	var pipe [2]int
	r.must(unix.Pipe2(pipe[:], unix.O_CLOEXEC|unix.O_NONBLOCK))
	defer unix.Close(pipe[0])
	r.must(unix.Sendmsg(fd, []byte("x"), unix.UnixRights(pipe[1]), &unix.SockaddrUnix{Name: path}, 0))
	unix.Close(pipe[1])
	r.until("datagram", func() bool { return len(s.got) == 1 })
	if n, err := unix.Read(pipe[0], make([]byte, 1)); n != 0 || err != nil {
		r.Errorf("the descriptor is open still: %d, %v", n, err)
	}
}

// A batch of datagrams allocates nothing.
func TestAllocPacketBatch(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	p, err := poll.New("epoll")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	c, s := &counter{}, &counter{echo: true}
	for _, e := range []*counter{c, s} {
		if e.p, err = p.ListenPacket(&poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"}, e); err != nil {
			t.Fatal(err)
		}
	}
	msg := make([]byte, 64)
	if n := testing.AllocsPerRun(100, func() {
		want := c.got + 100
		for i := range 100 {
			if err := c.p.SendTo(msg[:64-i%3], s.p.Addr()); err != nil {
				t.Fatal(err)
			}
		}
		for c.got < want {
			if _, err := p.Poll(-1); err != nil {
				t.Fatal(err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations for 100 datagrams", n)
	}
}
