// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// A wire is a poller over a network in memory.
type wire struct {
	net    *network
	wake   chan struct{} // room for one: waking twice is as once
	live   bool          // time passes by itself
	things []thing
}

// A thing has upcalls to make.
type thing interface{ work() int }

func newWire(n *network, live bool) *wire {
	return &wire{net: n, wake: make(chan struct{}, 1), live: live}
}

func (w *wire) Name() string { return "memory" }

func (w *wire) Poll(timeout time.Duration) (int, error) {
	n := w.round()
	if n > 0 || timeout == 0 {
		return n, nil
	}
	var passed <-chan time.Time // if time stands still, nothing else can end the wait
	if at, ok := w.net.next(); ok && w.live {
		if left := max(time.Until(at), 0); timeout < 0 || left < timeout {
			timeout = left
		}
	}
	if w.live && timeout >= 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		passed = timer.C
	}
	select {
	case <-w.wake:
	case <-passed:
	}
	return w.round(), nil
}

func (w *wire) round() int {
	w.net.deliver()
	n := 0
	for _, t := range slices.Clone(w.things) {
		if !w.closed(t) {
			n += t.work()
		}
	}
	w.net.events += n
	return n
}

func (w *wire) closed(t thing) bool { return !slices.Contains(w.things, t) }

func (w *wire) forget(t thing) {
	w.things = slices.DeleteFunc(w.things, func(u thing) bool { return t == u })
}

func (w *wire) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *wire) Watch(int, poll.WatchHandler) (poll.Watch, error) { return nil, poll.ErrUnsupported }

func (w *wire) Close() error {
	for _, t := range slices.Clone(w.things) {
		if c, ok := t.(io.Closer); ok {
			c.Close()
		}
	}
	w.things = nil
	return nil
}

// A stream is an end under a wire's care.
type stream struct {
	*end
	w         *wire
	h         poll.StreamHandler
	receiving bool
	told      error    // the end that was reported
	lent      [][]byte // what Send left
	owed      bool     // Sent has to come
	sent      int
	options   struct {
		noDelay   bool
		keepAlive bool
	}
}

func (w *wire) Attach(s poll.Socket, h poll.StreamHandler) (poll.Stream, error) {
	e, ok := s.Conn.(*end)
	if !ok {
		return nil, errNotOurs
	}
	if err := w.net.fault("attach"); err != nil {
		e.reset()
		return nil, err
	}
	st := &stream{end: e, w: w, h: h}
	w.things = append(w.things, st)
	return st, nil
}

func (s *stream) work() int {
	n := 0
	if s.owed {
		m, err := s.push()
		if s.sent += m; len(s.lent) == 0 || err != nil {
			sent := s.sent
			s.owed, s.sent, s.lent = false, 0, nil
			n++
			s.h.Sent(sent, err)
		}
	}
	if s.receiving && len(s.in) > 0 && !s.w.closed(s) {
		p := s.in[:min(len(s.in), 65536)]
		s.in = s.in[len(p):]
		n++
		s.h.Received(slices.Clone(p))
	}
	// A reset is noticed though receiving is off, and after the end of stream, as pollers of sockets do.
	if err := s.inErr; err != nil && err != s.told && (err != io.EOF || s.receiving && len(s.in) == 0) && !s.w.closed(s) {
		s.told = err
		n++
		s.h.ReceiveEnded(s.inErr)
	}
	return n
}

// push sends what fits of what is lent.
func (s *stream) push() (n int, err error) {
	for len(s.lent) > 0 {
		m, err := s.end.send(s.lent[0])
		n += m
		if err != nil {
			return n, err
		}
		if m < len(s.lent[0]) {
			s.lent[0] = s.lent[0][m:]
			return n, nil
		}
		s.lent = s.lent[1:]
	}
	return n, nil
}

func (s *stream) Receive(on bool) { s.receiving = on }

func (s *stream) Send(v [][]byte) (int, error) {
	if s.owed {
		return 0, errors.New("reactortest: two Sends outstanding")
	}
	if err := s.w.net.fault("send"); err != nil {
		return 0, err
	}
	s.lent = slices.Clone(v)
	n, err := s.push()
	if s.owed = len(s.lent) > 0 && err == nil; !s.owed {
		s.lent = nil
	}
	return n, err
}

func (s *stream) SendFD([]byte, []int) (int, error) { return 0, poll.ErrUnsupported }

func (s *stream) CloseWrite() error {
	if err := s.w.net.fault("closewrite"); err != nil {
		return err
	}
	return s.end.closeWrite()
}

func (s *stream) Close(abort bool) error {
	s.w.forget(s)
	s.lent, s.owed = nil, false
	if abort {
		s.end.reset()
		return nil
	}
	return s.end.Close()
}

func (s *stream) Control(func(uintptr)) error { return poll.ErrUnsupported }

func (s *stream) tcp() error {
	if s.local.Network() != "tcp" {
		return poll.ErrUnsupported
	}
	return nil
}

func (s *stream) SetNoDelay(on bool) error { s.options.noDelay = on; return s.tcp() }
func (s *stream) NoDelay() (bool, error)   { return s.options.noDelay, s.tcp() }

func (s *stream) SetKeepAlive(idle time.Duration) error {
	s.options.keepAlive = idle != 0
	return s.tcp()
}
func (s *stream) KeepAlive() (bool, error) { return s.options.keepAlive, s.tcp() }

// A packet is a datagram port of a wire.
type packet struct {
	w         *wire
	h         poll.PacketHandler
	addr      protocol.Addr
	peer      protocol.Addr
	maxSize   int
	datagrams []datagram
}

type datagram struct {
	p    []byte
	from protocol.Addr
}

func (w *wire) ListenPacket(cfg *poll.PacketConfig, h poll.PacketHandler) (poll.Packet, error) {
	if err := w.net.fault("packet"); err != nil {
		return nil, err
	}
	if cfg.AdoptFD != 0 {
		return nil, poll.ErrUnsupported
	}
	addr, err := w.net.address(cfg.Network, cfg.Address)
	if err != nil {
		return nil, err
	}
	p := &packet{w: w, h: h, addr: addr, maxSize: cfg.MaxSize}
	w.net.packets[addr.String()] = p
	w.things = append(w.things, p)
	return p, nil
}

func (p *packet) work() int {
	n := 0
	for len(p.datagrams) > 0 && !p.w.closed(p) {
		d := p.datagrams[0]
		p.datagrams = p.datagrams[1:]
		if p.peer.IsValid() && p.peer != d.from {
			continue
		}
		n++
		p.h.PacketReceived(d.p[:min(len(d.p), p.maxSize)], d.from)
	}
	return n
}

// maxPending bounds the datagrams that wait at a port, as a system does.
const maxPending = 1024

func (p *packet) SendTo(b []byte, to protocol.Addr) error {
	if err := p.w.net.fault("sendto"); err != nil {
		return err
	}
	if !to.IsValid() {
		to = p.peer
	}
	if len(b) > 65507 {
		return &protocol.MessageLengthError{Size: len(b), Err: errors.New("message too long")}
	}
	net := p.w.net
	if net.lost() {
		return nil
	}
	d := datagram{slices.Clone(b), p.addr}
	arrive := func() {
		if q := net.packets[to.String()]; q != nil && len(q.datagrams) < maxPending {
			q.datagrams = append(q.datagrams, d)
		}
	}
	if wait := net.delay(); wait > 0 {
		net.send(wait, arrive)
	} else {
		arrive()
	}
	return nil
}

func (p *packet) Addr() protocol.Addr            { return p.addr }
func (p *packet) Connect(to protocol.Addr) error { p.peer = to; return nil }
func (p *packet) Control(func(uintptr)) error    { return poll.ErrUnsupported }

func (p *packet) Close() error {
	p.w.forget(p)
	if p.w.net.packets[p.addr.String()] == p {
		delete(p.w.net.packets, p.addr.String())
	}
	return nil
}
