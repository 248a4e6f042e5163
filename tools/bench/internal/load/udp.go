// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// UDP is a load on a server that sends datagrams back. Each socket keeps Depth of them under way. Each carries its socket and its number; one that is not back
// in time is sent again and counted as lost. A datagram is an operation, and a sample of latency from when it was first sent.
type UDP struct {
	Sockets int
	Depth   int           // at most 64
	Size    int           // bytes of a datagram, at least 16
	Resend  time.Duration // how long to wait for one; 0 is 200 ms
}

const datagramHead = 16 // number and socket

// Run loads the server of cfg.
func (u UDP) Run(cfg Config) (Result, error) {
	if u.Size < datagramHead || u.Depth < 1 || u.Depth > 64 {
		return Result{}, fmt.Errorf("no load: %d datagrams of %d bytes", u.Depth, u.Size)
	}
	if u.Resend == 0 {
		u.Resend = 200 * time.Millisecond
	}
	l, err := newLoop(cfg)
	if err != nil {
		return Result{}, err
	}
	g := &datagrams{load: u, loop: l, sockets: make([]socket, u.Sockets), pattern: newPattern(u.Size), in: newMessages(2*u.Depth, u.Size+1), out: newMessages(u.Depth, u.Size)}
	return l.measure(g)
}

type datagrams struct {
	load    UDP
	loop    *loop
	sockets []socket
	pattern *pattern
	in, out *messages
}

// A socket has Depth datagrams under way. The one in slot i has a number that leaves i when divided by Depth.
type socket struct {
	fd    int
	slots []slot
}

type slot struct {
	number uint64
	first  time.Duration // sent for the first time
	last   time.Duration // and for the last time
}

// messages are the buffers of one recvmmsg or sendmmsg.
type messages struct {
	hdrs []mmsghdr
	iovs []unix.Iovec
	bufs [][]byte
}

func newMessages(n, size int) *messages {
	m := &messages{hdrs: make([]mmsghdr, n), iovs: make([]unix.Iovec, n), bufs: make([][]byte, n)}
	for i := range n {
		m.bufs[i] = make([]byte, size)
		m.iovs[i].Base = &m.bufs[i][0]
		m.iovs[i].SetLen(size)
		m.hdrs[i].hdr.Iov = &m.iovs[i]
		m.hdrs[i].hdr.SetIovlen(1)
	}
	return m
}

func (g *datagrams) start() error {
	for i := range g.sockets {
		fd, err := g.loop.cfg.dial(i, unix.SOCK_DGRAM)
		if err != nil {
			return err
		}
		g.sockets[i] = socket{fd: fd, slots: make([]slot, g.load.Depth)}
		if err := epollAdd(g.loop.ep, fd, i, unix.EPOLLIN); err != nil {
			return err
		}
	}
	for i := range g.sockets {
		now := g.loop.now()
		for k := range g.sockets[i].slots {
			g.sockets[i].slots[k] = slot{number: uint64(k), first: now, last: now}
			g.fill(k, i, uint64(k))
		}
		if err := g.send(i, g.load.Depth); err != nil {
			return err
		}
	}
	return nil
}

// fill makes datagram k of the next sendmmsg.
func (g *datagrams) fill(k, id int, number uint64) {
	p := g.out.bufs[k]
	binary.LittleEndian.PutUint64(p, number)
	binary.LittleEndian.PutUint64(p[8:], uint64(id))
	copy(p[datagramHead:], g.pattern.at(body(number), len(p)-datagramHead))
}

// body is where in the pattern the rest of a datagram comes from.
func body(number uint64) int { return int(number * 31 % patternPeriod) }

// send sends the first n datagrams that were filled. What finds no room is lost, and is sent again later.
func (g *datagrams) send(id, n int) error {
	if n == 0 {
		return nil
	}
	_, e := sendmmsg(g.sockets[id].fd, g.out.hdrs[:n])
	if e != 0 && e != unix.EAGAIN && e != unix.EINTR && e != unix.ENOBUFS {
		return os.NewSyscallError("sendmmsg", e)
	}
	return nil
}

func (g *datagrams) event(id int, _ uint32) error {
	s := &g.sockets[id]
	n, e := recvmmsg(s.fd, g.in.hdrs)
	if e == unix.EAGAIN || e == unix.EINTR {
		return nil
	}
	if e != 0 {
		return os.NewSyscallError("recvmmsg", e)
	}
	out := 0
	for k := range n {
		p := g.in.bufs[k][:g.in.hdrs[k].len]
		number, err := g.verify(id, p)
		if err != nil {
			return err
		}
		sl := &s.slots[number%uint64(g.load.Depth)]
		if number < sl.number {
			continue // came back twice: it had been sent again
		}
		now := g.loop.done(1, len(p), sl.first)
		if now-sl.first > g.loop.cfg.patience() {
			return errLate
		}
		*sl = slot{number: number + uint64(g.load.Depth), first: now, last: now}
		g.fill(out, id, sl.number)
		if out++; out == g.load.Depth {
			if err := g.send(id, out); err != nil {
				return err
			}
			out = 0
		}
	}
	return g.send(id, out)
}

// verify checks every byte of a datagram and returns its number.
func (g *datagrams) verify(id int, p []byte) (uint64, error) {
	if len(p) != g.load.Size {
		return 0, fmt.Errorf("a datagram of %d bytes came back with %d", g.load.Size, len(p))
	}
	number := binary.LittleEndian.Uint64(p)
	if binary.LittleEndian.Uint64(p[8:]) != uint64(id) || !g.pattern.match(body(number), p[datagramHead:]) {
		return 0, errWrong
	}
	if number > g.sockets[id].slots[number%uint64(g.load.Depth)].number {
		return 0, errors.New("a datagram came back that was not sent")
	}
	return number, nil
}

// overdue sends again what did not come back in time.
func (g *datagrams) overdue(now, limit time.Duration) error {
	for id := range g.sockets {
		out := 0
		for k := range g.sockets[id].slots {
			s := &g.sockets[id].slots[k]
			if now-s.first > limit {
				return errLate
			}
			if now-s.last > g.load.Resend {
				s.last = now
				g.loop.lost++
				g.fill(out, id, s.number)
				out++
			}
		}
		if err := g.send(id, out); err != nil {
			return err
		}
	}
	return nil
}

func (g *datagrams) close() {
	for i := range g.sockets {
		if g.sockets[i].fd > 0 {
			unix.Close(g.sockets[i].fd)
		}
	}
}
