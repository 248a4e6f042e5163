// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// A portablePacket has a reader goroutine, which does not read again before its datagram was delivered.
type portablePacket struct {
	p     *portable
	h     PacketHandler
	conn  packetConn
	local protocol.Addr
	wg    sync.WaitGroup
	next  chan struct{} // room for one: permission to read again
	quit  chan struct{} // closed by Close

	// The outcome of reading: the reader's from permission to post, else the loop's.
	buf  []byte
	max  int // of n
	n    int
	from protocol.Addr
	err  error
	full bool // there is an outcome that was not delivered

	// The loop's.
	connected bool
	mapped    bool // an IPv6 socket that sends to IPv4 addresses too
	kept      bool // the reader has ended, by Keep
	closed    bool
}

// A packetConn is a *net.UDPConn or a *net.UnixConn.
type packetConn interface {
	net.PacketConn
	syscall.Conn
	Write(p []byte) (int, error)
	RemoteAddr() net.Addr
}

func (p *portable) ListenPacket(cfg *PacketConfig, h PacketHandler) (Packet, error) {
	if p.closed {
		return nil, net.ErrClosed
	}
	conn, err := listenPacketNet(cfg)
	if err != nil {
		return nil, common(err)
	}
	size := cfg.MaxSize
	if size <= 0 {
		size = protocol.MaxDatagram
	}
	s := &portablePacket{p: p, h: h, conn: conn, local: fromNet(conn.LocalAddr()), next: make(chan struct{}, 1), quit: make(chan struct{}),
		buf: make([]byte, max(size, minPacketBuffer)), max: size, connected: connectedPacket(conn)}
	s.mapped = s.local.AddrPort().Addr() == netip.IPv6Unspecified() && !v6OnlyConn(conn)
	p.care[s] = struct{}{}
	s.wg.Add(1)
	// Close waits for it.
	go s.read()
	return s, nil
}

func listenPacketNet(cfg *PacketConfig) (packetConn, error) {
	if cfg.AdoptFD != 0 {
		c, err := adoptPacket(cfg.AdoptFD)
		if err == nil {
			err = control(c, func(fd uintptr) { sys.NoCoalescing(int(fd)) })
		}
		return c, err
	}
	t, err := parse(cfg.Network, cfg.Address, "udp", "unixgram")
	if err != nil {
		return nil, err
	}
	if t.unix {
		return listenUnixgram(t.path, cfg.Mode)
	}
	lc := net.ListenConfig{Control: bindOptions(cfg.ReusePort, cfg.ReuseAddr)}
	network, address := t.net("udp", false)
	conn, err := lc.ListenPacket(context.Background(), network, address)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UDPConn), nil
}

func (s *portablePacket) read() {
	defer s.wg.Done()
	for {
		s.from = protocol.Addr{}
		switch c := s.conn.(type) {
		case *net.UDPConn:
			var ap netip.AddrPort
			s.n, ap, s.err = c.ReadFromUDPAddrPort(s.buf)
			if ap.IsValid() {
				s.from = protocol.UDPAddr(ap)
			}
		case *net.UnixConn:
			var a *net.UnixAddr
			s.n, a, s.err = c.ReadFromUnix(s.buf)
			if a != nil {
				s.from = fromNet(&net.UnixAddr{Net: "unixgram", Name: a.Name})
			}
			if s.from.Name() == "" {
				s.from = protocol.Addr{}
			}
		}
		s.n = min(s.n, s.max)
		ended := errors.Is(s.err, net.ErrClosed)
		s.full = !ended
		s.p.post(s)
		if ended {
			return
		}
		select {
		case <-s.next:
		case <-s.quit:
			return
		}
	}
}

func (s *portablePacket) run() {
	if s.closed || !s.full { // which Keep has delivered
		return
	}
	s.full = false
	s.deliver()
	if !s.closed && !s.kept {
		s.next <- struct{}{}
	}
}

// Keep stops reading and delivers the datagram that has been read and not delivered, if there is one: it is in no queue any more. Only Close may follow, and what the
// handler sends meanwhile.
func (s *portablePacket) Keep() {
	if s.closed || s.kept {
		return
	}
	s.kept = true
	close(s.quit)
	_ = s.conn.SetReadDeadline(time.Unix(1, 0))
	s.wg.Wait()
	if s.full {
		s.full = false
		if !errors.Is(s.err, os.ErrDeadlineExceeded) {
			s.deliver()
		}
	}
}

func (s *portablePacket) deliver() {
	switch {
	case s.err == nil:
		s.p.upcalls++
		s.h.PacketReceived(s.buf[:s.n:s.n], s.from)
	case refused(s.err):
		if s.connected { // some systems tell of it where there is no peer, most do not
			s.p.upcalls++
			s.h.PacketFailed(refusal(s.err))
		}
	default:
		s.p.upcalls++
		s.h.PacketFailed(common(s.err))
	}
}

func (s *portablePacket) SendTo(p []byte, to protocol.Addr) error {
	if s.closed {
		return net.ErrClosed
	}
	if to.IsValid() {
		if err := s.check(to); err != nil {
			return err
		}
	}
	err := sendPacket(s.conn, p, to)
	switch {
	case err == nil, dropped(err):
		return nil
	case tooLong(err):
		return &protocol.MessageLengthError{Size: len(p), Err: err}
	case !refused(err):
		return common(err)
	}
	_, unix := s.conn.(*net.UnixConn)
	if !s.connected || to.IsValid() {
		if unix {
			return common(err)
		}
		return nil
	}
	// The refusal of an earlier datagram, or of this one on a UNIX socket.
	s.p.post(taskFunc(func() {
		if !s.closed {
			s.p.upcalls++
			s.h.PacketFailed(refusal(err))
		}
	}))
	if !unix {
		_ = sendPacket(s.conn, p, to) // what else is wrong the next one tells
	}
	return nil
}

// check refuses an address of another kind than the socket's.
func (s *portablePacket) check(to protocol.Addr) error {
	reason := ""
	if _, unix := s.conn.(*net.UnixConn); unix {
		switch {
		case to.Network() != "unixgram" && to.Network() != "unix" || to.Name() == "":
			reason = "not the address of a UNIX socket"
		case len(to.Name()) > maxUnixPath:
			reason = "path too long"
		}
	} else {
		mine, ip := s.local.AddrPort().Addr(), to.AddrPort().Addr()
		switch {
		case !ip.IsValid():
			reason = "not an IP address"
		case mine.Is4() != ip.Is4() && !(ip.Is4() && s.mapped):
			reason = "of another family than the socket"
		}
	}
	if reason != "" {
		return &protocol.InvalidAddressError{Addr: to.String(), Reason: reason}
	}
	return nil
}

func (s *portablePacket) Connect(to protocol.Addr) error {
	if s.closed {
		return net.ErrClosed
	}
	if err := s.check(to); err != nil {
		return err
	}
	local, err := connectPacket(s.conn, to)
	if err != nil {
		return common(err)
	}
	s.connected = true
	if local.IsValid() {
		s.local = local
	}
	return nil
}

func (s *portablePacket) Addr() protocol.Addr { return s.local }

func (s *portablePacket) Control(f func(fd uintptr)) error {
	if s.closed {
		return net.ErrClosed
	}
	return control(s.conn, f)
}

func (s *portablePacket) Close() error {
	if s.closed {
		return net.ErrClosed
	}
	s.closed = true
	delete(s.p.care, s)
	if !s.kept {
		close(s.quit)
	}
	err := s.conn.Close()
	s.wg.Wait()
	return err
}

func (s *portablePacket) shut() { s.Close() }

var _ Packet = (*portablePacket)(nil)
