// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Churn is a load of short connections: each is made, sends one message of Size bytes, waits for its echo, and is closed. A connection is an operation; its
// latency goes from before connect to the last byte.
type Churn struct {
	Conns int // under way at a time
	Size  int
}

// Run loads the server of cfg.
func (c Churn) Run(cfg Config) (Result, error) {
	l, err := newLoop(cfg)
	if err != nil {
		return Result{}, err
	}
	return l.measure(&churner{load: c, loop: l, streams: make([]stream, c.Conns), pattern: newPattern(c.Size), buf: make([]byte, c.Size+1)})
}

type churner struct {
	load    Churn
	loop    *loop
	streams []stream
	made    int // connections so far
	pattern *pattern
	buf     []byte
}

func (c *churner) start() error {
	for i := range c.streams {
		if err := c.begin(i); err != nil {
			return err
		}
	}
	return nil
}

// begin makes the next connection in place id and sends its message.
func (c *churner) begin(id int) error {
	s := &c.streams[id]
	sent := c.loop.now()
	c.made++
	fd, err := c.loop.cfg.dial(c.made, unix.SOCK_STREAM)
	if err != nil {
		return err
	}
	*s = stream{fd: fd, in: start(c.made), left: c.load.Size, sent: sent}
	if err := epollAdd(c.loop.ep, fd, id, unix.EPOLLIN); err != nil {
		return err
	}
	n, err := s.write(c.pattern.at(s.in, s.left))
	if err != nil || n != s.left {
		return fmt.Errorf("sent %d of %d bytes: %w", n, s.left, err)
	}
	return nil
}

func (c *churner) event(id int, _ uint32) error {
	s := &c.streams[id]
	n, err := s.read(c.buf)
	switch {
	case err != nil:
		return err
	case n > s.left:
		return errSurplus
	case !c.pattern.match(s.in, c.buf[:n]):
		return errWrong
	}
	s.in = advance(s.in, n)
	if s.left -= n; s.left > 0 {
		return nil
	}
	if now := c.loop.done(1, c.load.Size, s.sent); now-s.sent > c.loop.cfg.patience() {
		return errLate
	}
	s.close()
	return c.begin(id)
}

func (c *churner) overdue(now, limit time.Duration) error {
	for i := range c.streams {
		if now-c.streams[i].sent > limit {
			return errLate
		}
	}
	return nil
}

func (c *churner) close() {
	for i := range c.streams {
		c.streams[i].close()
	}
}
