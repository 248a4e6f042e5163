// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// HTTP is a load of requests. Each connection sends Depth of them at once, waits for all the answers, and goes on. A request is an operation; a batch is a
// sample of latency.
type HTTP struct {
	Conns int
	Depth int
	Close bool        // one request a connection, which asks for the connection to be closed; a connection is then an operation
	Path  string      // "" is /
	Post  []byte      // the body of each request, which is a POST then; nil: it is a GET
	Body  string      // what the answers have to hold
	TLS   *tls.Config // nil: none; not with Close
}

// request returns one request.
func (h HTTP) request(host string) []byte {
	method := "GET"
	if h.Post != nil {
		method = "POST"
	}
	p := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, cmp.Or(h.Path, "/"), host)
	if h.Close {
		p = append(p, "Connection: close\r\n"...)
	}
	if h.Post != nil {
		p = fmt.Appendf(p, "Content-Type: application/octet-stream\r\nContent-Length: %d\r\n", len(h.Post))
	}
	return append(append(p, lineEnd...), h.Post...)
}

// Run loads the server of cfg.
func (h HTTP) Run(cfg Config) (Result, error) {
	l, err := newLoop(cfg)
	if err != nil {
		return Result{}, err
	}
	if h.Close {
		h.Depth = 1
	}
	g := &requester{load: h, loop: l, conns: make([]requests, h.Conns), body: []byte(h.Body), buf: make([]byte, readSize)}
	g.batch = bytes.Repeat(h.request(cfg.Addr.String()), h.Depth)
	return l.measure(g)
}

type requester struct {
	load  HTTP
	loop  *loop
	conns []requests
	made  int // connections so far
	body  []byte
	batch []byte
	buf   []byte
}

// requests is one connection.
type requests struct {
	stream
	answer
	answers int // of the batch still to come
	bytes   int // of answers
}

func (g *requester) start() error {
	for i := range g.conns {
		if err := g.open(i); err != nil {
			return err
		}
	}
	for i := range g.conns { // after all handshakes, which take the client's time
		g.conns[i].sent = g.loop.now()
		if err := g.begin(i); err != nil {
			return err
		}
	}
	return nil
}

func (g *requester) open(id int) error {
	c := &g.conns[id]
	if g.load.TLS != nil {
		if err := c.stream.open(g.loop.cfg, id, g.load.TLS); err != nil {
			return err
		}
		c.raw.waiting = false
		return epollAdd(g.loop.ep, c.fd, id, unix.EPOLLIN)
	}
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
	c.answers, c.bytes = g.load.Depth, 0
	n, err := c.write(g.batch)
	if err != nil || n != len(g.batch) {
		return fmt.Errorf("sent %d of %d bytes: %w", n, len(g.batch), err)
	}
	return nil
}

func (g *requester) event(id int, _ uint32) error {
	c := &g.conns[id]
	for {
		n, err := c.read(g.buf)
		switch {
		case err == errClosed && g.load.Close && c.answers == 0:
			return g.again(id)
		case errors.Is(err, io.EOF):
			return errClosed
		case err != nil:
			return err
		case n == 0:
			return nil
		}
		if err := g.received(id, g.buf[:n]); err != nil {
			return err
		}
		if c.tls == nil {
			return nil // what has not been read yet is told again
		}
	}
}

func (g *requester) received(id int, p []byte) error {
	c := &g.conns[id]
	for c.answers > 0 && len(p) > 0 {
		rest, complete, err := c.feed(p, g.body)
		if err != nil {
			return err
		}
		if p = rest; complete {
			c.answers--
			c.bytes += c.size
			c.size = 0
		}
	}
	switch {
	case c.answers > 0:
		return nil
	case len(p) > 0:
		return errSurplus
	case g.load.Close:
		return nil // the operation ends with the connection
	}
	now := g.loop.done(g.load.Depth, c.bytes, c.sent)
	if now-c.sent > g.loop.cfg.patience() {
		return errLate
	}
	c.sent = now
	return g.begin(id)
}

// again counts a connection that the server closed after its answer, and makes the next.
func (g *requester) again(id int) error {
	c := &g.conns[id]
	if now := g.loop.done(1, c.bytes, c.sent); now-c.sent > g.loop.cfg.patience() {
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
