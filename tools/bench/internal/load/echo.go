// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// Echo is a load on a server that sends back what it receives. Each connection sends a batch of Depth messages at once, waits until all of it came back,
// and sends the next. A message is an operation; a batch is a sample of latency.
type Echo struct {
	Conns  int
	Active int // of them, the ones that send; 0: all
	Depth  int // messages of a batch
	Size   int // bytes of a message
	TLS    *tls.Config
}

// Run loads the server of cfg.
func (e Echo) Run(cfg Config) (Result, error) {
	f, err := e.Open(cfg)
	if err != nil {
		return Result{}, err
	}
	return f.loop.measure(f)
}

// A Field is open echo connections.
type Field struct {
	load    Echo
	loop    *loop
	streams []stream
	pattern *pattern
	buf     []byte
	batch   int
}

// Open connects all of them, and waits until each has had one message back.
func (e Echo) Open(cfg Config) (*Field, error) {
	l, err := newLoop(cfg)
	if err != nil {
		return nil, err
	}
	f := &Field{load: e, loop: l, batch: e.Depth * e.Size, pattern: newPattern(max(e.Depth*e.Size, readSize))}
	f.buf = make([]byte, min(max(f.batch, 4096), readSize))
	if err := f.Grow(e.Conns); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

const (
	readSize = 256 << 10 // the most that one read asks for
	opening  = 64        // connections that are made before their first answers are awaited: less than any backlog
)

// Grow opens more connections until there are n. The server has accepted all of them when it returns.
func (f *Field) Grow(n int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	first := min(f.load.Size, 64)
	for len(f.streams) < n {
		from := len(f.streams)
		for i := from; i < min(from+opening, n); i++ {
			f.streams = append(f.streams, stream{})
			s := &f.streams[i]
			if err := s.open(f.loop.cfg, i, f.load.TLS); err != nil {
				return fmt.Errorf("connection %d of %d: %w", i+1, n, err)
			}
			if err := s.greet(f.pattern, first); err != nil {
				return fmt.Errorf("connection %d of %d: %w", i+1, n, err)
			}
		}
		for i := from; i < len(f.streams); i++ {
			if err := f.streams[i].greeted(f.pattern, first, f.buf); err != nil {
				return fmt.Errorf("connection %d of %d: %w", i+1, n, err)
			}
		}
	}
	return nil
}

// Measure loads the server through the first active connections for a fifth of length and then for length, and closes them all.
func (f *Field) Measure(active int, length time.Duration) (Result, error) {
	f.load.Active = active
	f.loop.cfg.Warmup, f.loop.cfg.Length = length/5, length
	return f.loop.measure(f)
}

// Conns is how many there are.
func (f *Field) Conns() int { return len(f.streams) }

// Close closes all connections. A Field that was measured is closed already.
func (f *Field) Close() {
	f.close()
	unix.Close(f.loop.ep)
}

func (f *Field) start() error {
	active := f.load.Active
	if active == 0 {
		active = len(f.streams)
	}
	for i := range f.streams {
		if err := epollAdd(f.loop.ep, f.streams[i].fd, i, unix.EPOLLIN); err != nil {
			return err
		}
	}
	for i := range f.streams[:active] {
		f.streams[i].busy = true
		if err := f.begin(i, f.loop.now()); err != nil {
			return err
		}
	}
	return nil
}

// begin sends the next batch of a stream.
func (f *Field) begin(id int, now time.Duration) error {
	s := &f.streams[id]
	s.sent, s.unsent, s.left = now, f.batch, f.batch
	return f.flush(id, false)
}

// flush sends what the kernel takes of the batch, and asks to be told when it takes more.
func (f *Field) flush(id int, asked bool) error {
	s := &f.streams[id]
	n, err := s.write(f.pattern.at(s.out, s.unsent))
	if err != nil {
		return err
	}
	s.out = advance(s.out, n)
	s.unsent -= n
	switch {
	case s.unsent > 0 && !asked:
		return epollModify(f.loop.ep, s.fd, id, unix.EPOLLIN|unix.EPOLLOUT)
	case s.unsent == 0 && asked:
		return epollModify(f.loop.ep, s.fd, id, unix.EPOLLIN)
	}
	return nil
}

func (f *Field) event(id int, events uint32) error {
	s := &f.streams[id]
	if events&unix.EPOLLOUT != 0 && s.unsent > 0 {
		if err := f.flush(id, true); err != nil {
			return err
		}
	}
	if events&^unix.EPOLLOUT == 0 {
		return nil
	}
	for {
		n, err := s.read(f.buf)
		switch {
		case errors.Is(err, io.EOF):
			return errClosed
		case err != nil:
			return err
		case n == 0:
			return nil
		case n > s.left-s.unsent: // what was not sent cannot come back
			return errSurplus
		case !f.pattern.match(s.in, f.buf[:n]):
			return errWrong
		}
		s.in = advance(s.in, n)
		if s.left -= n; s.left == 0 {
			now := f.loop.done(f.load.Depth, f.batch, s.sent)
			if now-s.sent > f.loop.cfg.patience() {
				return errLate
			}
			return f.begin(id, now)
		}
		if n < len(f.buf) && s.tls == nil {
			return nil
		}
	}
}

func (f *Field) overdue(now, limit time.Duration) error {
	for i := range f.streams {
		if s := &f.streams[i]; s.busy && now-s.sent > limit {
			return errLate
		}
	}
	return nil
}

func (f *Field) close() {
	for i := range f.streams {
		f.streams[i].close()
	}
}
