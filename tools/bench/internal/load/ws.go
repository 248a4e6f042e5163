// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// WS is a load on a WebSocket server that sends back what it receives. Each connection sends a message, waits until it came back, and sends the next.
type WS struct {
	Conns int
	Size  int  // bytes of a message
	Text  bool // text, in place of binary
}

// Run loads the server of cfg.
func (w WS) Run(cfg Config) (Result, error) {
	l, err := newLoop(cfg)
	if err != nil {
		return Result{}, err
	}
	g := &messenger{load: w, loop: l, op: opBinary, conns: make([]talk, w.Conns), pattern: newPattern(w.Size), masker: newMasker(max(w.Size, 125)), buf: make([]byte, max(4096, w.Size+14))}
	if w.Text {
		g.op = opText
		g.pattern.letters()
	}
	return l.measure(g)
}

type messenger struct {
	load    WS
	loop    *loop
	op      byte
	conns   []talk
	pattern *pattern
	masker  *masker
	buf     []byte
}

// A talk is one connection.
type talk struct {
	stream
	frames frameReader
}

func (g *messenger) start() error {
	err := together(0, len(g.conns), func(i int) error { return g.conns[i].shake(g.loop.cfg, i) }, func(i int) error {
		if err := g.conns[i].shaken(g.buf); err != nil {
			return err
		}
		return epollAdd(g.loop.ep, g.conns[i].fd, i, unix.EPOLLIN)
	})
	if err != nil {
		return err
	}
	for i := range g.conns {
		if err := g.begin(i, g.loop.now()); err != nil {
			return err
		}
	}
	return nil
}

// begin sends the next message.
func (g *messenger) begin(id int, now time.Duration) error {
	c := &g.conns[id]
	c.sent, c.left = now, g.load.Size
	if err := g.send(c, g.op, g.pattern.at(c.out, g.load.Size)); err != nil {
		return err
	}
	c.out = advance(c.out, g.load.Size)
	return nil
}

func (g *messenger) send(c *talk, op byte, p []byte) error {
	frame := g.masker.frame(op, p)
	n, err := c.write(frame)
	if err != nil || n != len(frame) {
		return fmt.Errorf("sent %d of %d bytes: %w", n, len(frame), err)
	}
	return nil
}

func (g *messenger) event(id int, _ uint32) error {
	c := &g.conns[id]
	n, err := c.read(g.buf)
	if err != nil {
		return err
	}
	for p := g.buf[:n]; len(p) > 0; { // what has not been read yet is told again
		op, part, last, rest, err := c.frames.next(p)
		if err != nil {
			return err
		}
		p = rest
		switch {
		case op == 0:
		case op != g.op:
			return errFrame // the connections are never silent, so that none is sent a Ping
		case len(part) > c.left:
			return errSurplus
		case !g.pattern.match(c.in, part):
			return errWrong
		default:
			c.in = advance(c.in, len(part))
			c.left -= len(part)
		}
		if !last {
			continue
		}
		switch {
		case c.left > 0:
			return errWrong
		case len(p) > 0:
			return errSurplus
		}
		now := g.loop.done(1, g.load.Size, c.sent)
		if now-c.sent > g.loop.cfg.patience() {
			return errLate
		}
		if err := g.begin(id, now); err != nil {
			return err
		}
	}
	return nil
}

func (g *messenger) overdue(now, limit time.Duration) error {
	for i := range g.conns {
		if now-g.conns[i].sent > limit {
			return errLate
		}
	}
	return nil
}

func (g *messenger) close() {
	for i := range g.conns {
		g.conns[i].stream.close()
	}
}
