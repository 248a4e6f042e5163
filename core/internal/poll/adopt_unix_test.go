// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package poll_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
)

type filer interface{ File() (*os.File, error) }

// descriptor returns a descriptor of c, which ends with the test unless it is closed before.
func descriptor(r *rig, c any) *os.File {
	r.Helper()
	f, err := c.(filer).File()
	r.must(err)
	r.Cleanup(func() { f.Close() })
	return f
}

func TestAdoptListener(t *testing.T) {
	eachNetwork(t, func(r *rig, network string) {
		address := "127.0.0.1:0"
		if network == "unix" {
			address = tempdir.Short(r) + "/s"
		}
		own, err := net.Listen(network, address)
		r.must(err)
		defer own.Close()
		f := descriptor(r, own)
		a := r.listen(poll.ListenConfig{AdoptFD: int(f.Fd())})
		f.Close() // the poller has its own
		if got := a.l.Addr(); dialable(got) != own.Addr().String() || got.Network() != network {
			r.Errorf("listening on %v, want %v", got, own.Addr())
		}
		d := r.dial(poll.DialConfig{Network: network, Address: own.Addr().String()})
		r.until("connection", func() bool { return d.done && len(a.accepted) == 1 })
		r.must(d.err)
		poll.CloseSocket(d.s)
		poll.CloseSocket(a.accepted[0])

		// Closing leaves the socket to its other owners.
		r.must(a.l.Close())
		d = r.dial(poll.DialConfig{Network: network, Address: own.Addr().String()})
		r.until("connection", func() bool { return d.done })
		r.must(d.err)
		poll.CloseSocket(d.s)
		c, err := own.Accept()
		r.must(err)
		c.Close()
	})
}

func TestAdoptStream(t *testing.T) {
	each(t, func(r *rig) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		r.must(err)
		defer l.Close()
		peer, err := net.Dial("tcp", l.Addr().String())
		r.must(err)
		defer peer.Close()
		c, err := l.Accept()
		r.must(err)
		r.must(c.(*net.TCPConn).SetNoDelay(false))
		r.must(c.(*net.TCPConn).SetKeepAlive(false))
		f := descriptor(r, c)
		c.Close()
		d := r.dial(poll.DialConfig{AdoptFD: int(f.Fd())})
		f.Close()
		r.until("outcome", func() bool { return d.done })
		r.must(d.err)
		if d.s.Local != protocol.FromNetAddr(peer.RemoteAddr()) || d.s.Remote != protocol.FromNetAddr(peer.LocalAddr()) {
			r.Errorf("adopted %v to %v", d.s.Local, d.s.Remote)
		}
		e := r.attach(d.s)
		if on, err := e.s.NoDelay(); on || err != nil {
			r.Errorf("NoDelay: %v, %v", on, err)
		}
		if on, err := e.s.KeepAlive(); on || err != nil {
			r.Errorf("KeepAlive: %v, %v", on, err)
		}
		e.s.Receive(true)
		_, err = peer.Write([]byte("hello"))
		r.must(err)
		r.until("data", func() bool { return string(e.got) == "hello" })
		e.send([]byte("world"))
		r.until("room", e.idle)
		r.must(e.s.Close(false))
		if b, err := io.ReadAll(peer); string(b) != "world" || err != nil {
			r.Errorf("peer got %q, %v", b, err)
		}
	})
}

func TestAdoptPair(t *testing.T) {
	each(t, func(r *rig) {
		fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		r.must(err)
		var ends []*end
		for _, fd := range fds {
			d := r.dial(poll.DialConfig{AdoptFD: fd})
			r.must(syscall.Close(fd))
			r.until("outcome", func() bool { return d.done })
			r.must(d.err)
			ends = append(ends, r.attach(d.s))
		}
		ends[1].s.Receive(true)
		ends[0].send([]byte("x"))
		r.until("data", func() bool { return len(ends[1].got) == 1 })
		r.must(ends[0].s.Close(false))
		r.until("end", func() bool { return len(ends[1].ended) == 1 && ends[1].ended[0] == io.EOF })
	})
}

func TestAdoptPacket(t *testing.T) {
	each(t, func(r *rig) {
		own, err := net.ListenPacket("udp", "127.0.0.1:0")
		r.must(err)
		f := descriptor(r, own)
		own.Close()
		s := r.packet(poll.PacketConfig{AdoptFD: int(f.Fd())})
		f.Close()
		c := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
		r.must(c.p.SendTo([]byte("x"), s.p.Addr()))
		r.until("datagram", func() bool { return len(s.got) == 1 })
		if s.p.Addr() != protocol.FromNetAddr(own.LocalAddr()) {
			r.Errorf("bound to %v", s.p.Addr())
		}
	})
}

// A descriptor of the wrong kind is refused, and stays open for its owner.
func TestAdoptWrong(t *testing.T) {
	each(t, func(r *rig) {
		udp, err := net.ListenPacket("udp", "127.0.0.1:0")
		r.must(err)
		defer udp.Close()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		r.must(err)
		defer l.Close()
		c, err := net.Dial("tcp", l.Addr().String())
		r.must(err)
		defer c.Close()
		file, err := os.Open(os.DevNull)
		r.must(err)
		defer file.Close()
		datagram, listener, stream := descriptor(r, udp), descriptor(r, l), descriptor(r, c)
		for _, f := range []*os.File{datagram, stream, file} {
			if l, err := r.p.Listen(&poll.ListenConfig{AdoptFD: int(f.Fd())}, &port{}); err == nil {
				l.Close()
				r.Errorf("%s adopted as a listener", f.Name())
			}
		}
		for _, f := range []*os.File{listener, stream, file} {
			if s, err := r.p.ListenPacket(&poll.PacketConfig{AdoptFD: int(f.Fd())}, &socket{}); err == nil {
				s.Close()
				r.Errorf("%s adopted as a datagram socket", f.Name())
			}
		}
		for _, f := range []*os.File{datagram, file} {
			d := &dialer{}
			if _, err := r.p.Dial(&poll.DialConfig{AdoptFD: int(f.Fd())}, d); err == nil {
				r.Errorf("%s adopted as a stream", f.Name())
			}
		}
		if _, err := r.p.Listen(&poll.ListenConfig{AdoptFD: 1 << 20}, &port{}); !errors.Is(err, syscall.EBADF) {
			r.Errorf("no descriptor: %v", err)
		}
	})
}
