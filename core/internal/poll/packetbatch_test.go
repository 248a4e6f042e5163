// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// A handler is a PacketHandler made of functions.
type handler struct {
	received func(p []byte, from protocol.Addr)
	failed   func(err error)
}

func (h *handler) PacketReceived(p []byte, from protocol.Addr) { h.received(p, from) }
func (h *handler) PacketFailed(err error)                      { h.failed(err) }

// handle opens a datagram socket on the loopback.
func (r *rig) handle(h *handler, maxSize int) poll.Packet {
	r.Helper()
	if h.failed == nil {
		h.failed = func(err error) { r.Errorf("failed: %v", err) }
	}
	p, err := r.p.ListenPacket(&poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0", MaxSize: maxSize}, h)
	r.must(err)
	r.Cleanup(func() { p.Close() })
	return p
}

// numbered is datagram i of a series.
func numbered(i, size int) []byte {
	p := bytes.Repeat([]byte{byte(i)}, size)
	binary.BigEndian.PutUint32(p, uint32(i))
	return p
}

// Batches of every size go there and back in order, whole, whatever becomes of the memory that was lent for them.
func TestPacketBatches(t *testing.T) {
	sizes := map[string]func(i int) int{
		"alike":   func(int) int { return 64 },
		"shorter": func(i int) int { return 64 - 30*(i%5/4) }, // the last of five
		"longer":  func(i int) int { return 34 + 30*(i%5/4) },
		"large":   func(i int) int { return 1400 + 100*(i%2) },
	}
	for name, size := range sizes {
		for _, n := range []int{1, 2, 63, 64, 65, 200} {
			if name == "large" && n > 65 {
				continue // more than the socket's buffer has room for
			}
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				each(t, func(r *rig) {
					var s poll.Packet
					s = r.handle(&handler{received: func(p []byte, from protocol.Addr) {
						r.must(s.SendTo(p, from))
						clear(p)
					}}, 0)
					c := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
					for i := range n {
						p := numbered(i, size(i))
						r.must(c.p.SendTo(p, s.Addr()))
						clear(p)
					}
					r.until("echoes", func() bool { return len(c.got) == n })
					for i, p := range c.got {
						if !bytes.Equal(p, numbered(i, size(i))) {
							r.Fatalf("datagram %d is %v", i, p)
						}
					}
				})
			})
		}
	}
}

// Sockets that send in turn, and one that sends to many, keep the order of each.
func TestPacketsInterleaved(t *testing.T) {
	each(t, func(r *rig) {
		a := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		b := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		var to [5]*socket
		for i := range to {
			to[i] = r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		}
		for i := range 100 {
			r.must(a.p.SendTo(numbered(i, 50), to[i%5].p.Addr()))
			if i%3 == 0 {
				r.must(b.p.SendTo(numbered(i, 1452+i%2), to[i%5].p.Addr())) // with some that are not gathered
			}
		}
		for _, s := range to {
			last := map[protocol.Addr]int{a.p.Addr(): -1, b.p.Addr(): -1}
			r.until("datagrams", func() bool { return len(s.got) >= 26 })
			for i, p := range s.got {
				k := int(binary.BigEndian.Uint32(p))
				if last[s.from[i]] >= k {
					r.Errorf("%d came after %d", k, last[s.from[i]])
				}
				last[s.from[i]] = k
			}
		}
	})
}

// A datagram that cannot be sent is told of, and the others go on; those without bytes and those that are cut count as any other.
func TestPacketErrorInBatch(t *testing.T) {
	each(t, func(r *rig) {
		s := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0", MaxSize: 100})
		c := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		nowhere := protocol.UDPAddr(netip.MustParseAddrPort("127.0.0.1:0"))
		want := [][]byte{}
		for i := range 50 {
			p := bytes.Repeat([]byte{byte(i)}, 7*i)
			r.must(c.p.SendTo(p, s.p.Addr()))
			want = append(want, p[:min(len(p), 100)])
			if i%20 == 10 {
				if err := c.p.SendTo([]byte("x"), nowhere); err != nil {
					c.errs = append(c.errs, err)
				}
			}
		}
		r.until("datagrams", func() bool { return len(s.got) == len(want) && len(c.errs) == 2 })
		for i, p := range want {
			if !bytes.Equal(s.got[i], p) {
				r.Fatalf("datagram %d has %d bytes, want %d", i, len(s.got[i]), len(p))
			}
		}
		for _, err := range c.errs {
			if !errors.Is(err, syscall.EINVAL) && !(runtime.GOOS == "windows" && errors.Is(err, syscall.EADDRNOTAVAIL)) {
				r.Errorf("got %v", err)
			}
		}
	})
}

// Close and Connect send what was gathered, and nothing is delivered after Close, though it was received in one go.
func TestPacketGatheredAtClose(t *testing.T) {
	each(t, func(r *rig) {
		s := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		other := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		n := 0
		var c poll.Packet
		c = r.handle(&handler{received: func(p []byte, from protocol.Addr) {
			n++
			r.must(c.SendTo(p, from))
			if n == 3 {
				r.must(c.SendTo([]byte("connect"), s.p.Addr()))
				r.must(c.Connect(other.p.Addr()))
				r.must(c.SendTo([]byte("last"), protocol.Addr{}))
				r.must(c.Close())
			}
		}}, 0)
		for i := range 10 {
			r.must(s.p.SendTo([]byte{byte(i)}, c.Addr()))
		}
		r.until("datagrams", func() bool { return len(s.got) == 4 && len(other.got) == 1 })
		if got := fmt.Sprintf("%q %q", s.got, other.got); got != `["\x00" "\x01" "\x02" "connect"] ["last"]` {
			r.Error(got)
		}
		quiet(r)
		if n != 3 {
			r.Errorf("%d upcalls, the last after Close", n)
		}
		if err := c.SendTo(nil, s.p.Addr()); !errors.Is(err, net.ErrClosed) {
			r.Error(err)
		}
	})
}

// What another's upcall sends leaves before Poll returns: the next one may be long in coming.
func TestPacketsLeaveWithPoll(t *testing.T) {
	each(t, func(r *rig) {
		c, s := r.pair("tcp")
		u := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		to, err := net.ListenPacket("udp", "127.0.0.1:0")
		r.must(err)
		defer to.Close()
		s.onReceived = func([]byte) { r.must(u.p.SendTo([]byte("x"), protocol.FromNetAddr(to.LocalAddr()))) }
		s.s.Receive(true)
		c.send([]byte("x"))
		r.until("upcall", func() bool { return len(s.got) > 0 })
		r.must(to.SetReadDeadline(time.Now().Add(3 * time.Second)))
		if n, _, err := to.ReadFrom(make([]byte, 10)); n != 1 {
			r.Error(err)
		}
	})
}

// Closing the poller from inside an upcall ends what was received in one go.
func TestPollerClosedInPacketUpcall(t *testing.T) {
	each(t, func(r *rig) {
		n := 0
		s := r.handle(&handler{received: func(p []byte, _ protocol.Addr) {
			n++
			r.must(r.p.Close())
			if string(p) != "x" {
				r.Error("the datagram went with the poller")
			}
		}}, 0)
		to := s.Addr()
		c, err := net.Dial("udp", to.String())
		r.must(err)
		defer c.Close()
		for range 5 {
			_, err := c.Write([]byte("x"))
			r.must(err)
		}
		for n == 0 {
			_, _ = r.p.Poll(-1)
		}
		if _, err := r.p.Poll(0); n != 1 || !errors.Is(err, net.ErrClosed) {
			r.Errorf("%d upcalls, then %v", n, err)
		}
	})
}

// Every refusal does not have to be told, but one of many is, and the rest goes on.
func TestPacketRefusedBatch(t *testing.T) {
	for _, n := range []int{1, 2, 64, 65} {
		each(t, func(r *rig) {
			r.keepsErrors()
			s := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
			c := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
			r.must(c.p.Connect(s.p.Addr()))
			r.must(s.p.Close())
			sent := 0
			send := func() {
				r.must(c.p.SendTo(numbered(sent, 10+sent%7), protocol.Addr{}))
				sent++
			}
			for range n {
				send()
			}
			r.until("refusal", func() bool {
				if sys.Wine() && r.p.Name() == "portable" && len(c.errs) == 0 {
					send() // wine 8 loses the error of a socket that comes while nothing is being received
				}
				return len(c.errs) > 0
			})
			for range 2 { // what else there is
				_, err := r.p.Poll(0)
				r.must(err)
			}
			for _, err := range c.errs {
				if !errors.Is(err, syscall.ECONNREFUSED) {
					r.Error(err)
				}
			}
			if len(c.errs) > sent {
				r.Errorf("%d refusals of %d datagrams", len(c.errs), sent)
			}
		})
	}
}

// A flood at a port, which here feeds itself, leaves the streams of the loop alive: a pass takes a bounded number of its datagrams.
func TestPacketFlood(t *testing.T) {
	each(t, func(r *rig) {
		c, s := r.pair("tcp")
		s.s.Receive(true)
		flood := 0
		var u poll.Packet
		u = r.handle(&handler{received: func(p []byte, from protocol.Addr) {
			flood++
			r.must(u.SendTo(p, from))
		}}, 0)
		for i := range 100 {
			r.must(u.SendTo(numbered(i, 64), u.Addr()))
		}
		r.until("flood", func() bool { return flood > 2000 })
		for i := range 20 {
			before := flood
			c.send([]byte("x"))
			for passes := 0; len(s.got) == i; passes++ {
				was := flood
				_, err := r.p.Poll(0)
				r.must(err)
				if flood-was > 400 {
					r.Fatalf("%d datagrams in one pass", flood-was)
				}
				if passes > 100 && r.p.Name() != "portable" { // whose goroutines have their own time
					r.Fatalf("the stream waits since %d datagrams", flood-before)
				}
			}
		}
	})
}
