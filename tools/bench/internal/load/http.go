// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"bytes"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// HTTP is a load of GET requests. Each connection sends Depth of them at once, waits for all the answers, and goes on. A request is an operation; a batch is a
// sample of latency.
type HTTP struct {
	Conns int
	Depth int
	Close bool   // one request a connection, which asks for the connection to be closed; a connection is then an operation
	Body  string // what the answers have to hold
}

// Run loads the server of cfg.
func (h HTTP) Run(cfg Config) (Result, error) {
	l, err := newLoop(cfg)
	if err != nil {
		return Result{}, err
	}
	request := "GET / HTTP/1.1\r\nHost: " + cfg.Addr.String() + "\r\n"
	if h.Close {
		h.Depth = 1
		request += "Connection: close\r\n"
	}
	g := &requester{load: h, loop: l, conns: make([]requests, h.Conns), body: []byte(h.Body)}
	g.batch = bytes.Repeat([]byte(request+"\r\n"), h.Depth)
	for i := range g.conns {
		g.conns[i].buf = make([]byte, 4096+h.Depth*(512+len(h.Body)))
	}
	return l.measure(g)
}

type requester struct {
	load  HTTP
	loop  *loop
	conns []requests
	made  int // connections so far
	body  []byte
	batch []byte
}

// requests is one connection.
type requests struct {
	stream
	answers int // of the batch still to come
	size    int // bytes of answers
	buf     []byte
	filled  int // bytes of buf: the answers that are not complete
}

func (g *requester) start() error {
	for i := range g.conns {
		if err := g.open(i); err != nil {
			return err
		}
		if err := g.begin(i); err != nil {
			return err
		}
	}
	return nil
}

func (g *requester) open(id int) error {
	c := &g.conns[id]
	sent := g.loop.now()
	fd, err := g.loop.cfg.dial(g.made, unix.SOCK_STREAM)
	if err != nil {
		return err
	}
	g.made++
	c.stream = stream{fd: fd, sent: sent}
	if !g.load.Close {
		if err := noDelay(fd); err != nil {
			return err
		}
	}
	return epollAdd(g.loop.ep, fd, id, unix.EPOLLIN)
}

// begin sends the next batch.
func (g *requester) begin(id int) error {
	c := &g.conns[id]
	c.answers, c.size = g.load.Depth, 0
	n, err := c.write(g.batch)
	if err != nil || n != len(g.batch) {
		return fmt.Errorf("sent %d of %d bytes: %w", n, len(g.batch), err)
	}
	return nil
}

func (g *requester) event(id int, _ uint32) error {
	c := &g.conns[id]
	n, err := c.read(c.buf[c.filled:])
	if err == errClosed && g.load.Close && c.answers == 0 && c.filled == 0 {
		return g.again(id)
	}
	if err != nil {
		return err
	}
	c.filled += n
	p := c.buf[:c.filled]
	for c.answers > 0 && len(p) > 0 {
		k, err := checkAnswer(p, g.body)
		if err != nil {
			return err
		}
		if k == 0 {
			break
		}
		c.answers--
		c.size += k
		p = p[k:]
	}
	c.filled = copy(c.buf, p)
	switch {
	case c.answers > 0:
		if c.filled == len(c.buf) {
			return fmt.Errorf("an answer is longer than %d bytes", len(c.buf))
		}
		return nil
	case c.filled > 0:
		return errSurplus
	case g.load.Close:
		return nil // the operation ends with the connection
	}
	now := g.loop.done(g.load.Depth, c.size, c.sent)
	if now-c.sent > g.loop.cfg.patience() {
		return errLate
	}
	c.sent = now
	return g.begin(id)
}

// again counts a connection that the server closed after its answer, and makes the next.
func (g *requester) again(id int) error {
	c := &g.conns[id]
	if now := g.loop.done(1, c.size, c.sent); now-c.sent > g.loop.cfg.patience() {
		return errLate
	}
	c.close()
	if err := g.open(id); err != nil {
		return err
	}
	return g.begin(id)
}

func (g *requester) overdue(now, limit time.Duration) error {
	for i := range g.conns {
		if now-g.conns[i].sent > limit {
			return errLate
		}
	}
	return nil
}

func (g *requester) close() {
	for i := range g.conns {
		g.conns[i].stream.close()
	}
}
