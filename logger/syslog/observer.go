// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package syslog

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/async"
)

// An Observer sends events to a system log. It is safe from any goroutine.
type Observer struct {
	*async.Observer
	s *sender
}

var _ logger.Enabler = (*Observer)(nil)

// New returns an Observer, which connects when there is something to send. It fails only for a Config that makes no sense.
func New(c Config) (*Observer, error) { return start(c, (*Config).message) }

func start(c Config, format func(*Config, []byte, *logger.Event, int) []byte) (*Observer, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &sender{config: c, format: format}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return &Observer{async.NewObserver(s, &c.Queue), s}, nil
}

// Close sends what is queued, for Queue.CloseTimeout at most, and closes the connection.
func (o *Observer) Close() error {
	err := o.Observer.Close()
	o.s.close()
	return err
}

// Failures returns how many times connecting or sending failed.
func (o *Observer) Failures() uint64 { return o.s.failures.Load() }

// A sender formats events and sends them, on the queue's goroutine.
type sender struct {
	config   Config
	format   func(c *Config, b []byte, e *logger.Event, max int) []byte
	ctx      context.Context // ends with the Observer
	cancel   context.CancelFunc
	failures atomic.Uint64
	buf      []byte
	pause    time.Duration // before the next try
	readers  sync.WaitGroup

	mu   sync.Mutex // guards conn against close
	conn net.Conn
}

// Enabled tells whether the level is sent.
func (s *sender) Enabled(_ string, level logger.Level) bool {
	return s.config.Level == nil || slog.Level(level) >= s.config.Level.Level()
}

// Observe sends the event: until that works or the Observer is closed, and over UDP twice.
func (s *sender) Observe(e *logger.Event) {
	if !s.Enabled(e.Namespace, e.Level) {
		return
	}
	size := s.config.MaxSize
	s.frame(e, size)
	for try := 1; ; try++ {
		err := s.send()
		if err == nil {
			s.pause = 0
			return
		}
		s.failures.Add(1)
		switch {
		case s.ctx.Err() != nil:
			return
		case tooLong(err) && size > 480:
			size = max(size/2, 480)
			s.frame(e, size)
			continue // not the connection's fault
		case tooLong(err), s.config.Network == "udp" && try == 2:
			return
		}
		s.drop(nil)
		if try > 1 || s.pause > 0 { // a connection that was lost is made anew at once
			s.wait()
		}
	}
}

// frame puts the event into buf.
func (s *sender) frame(e *logger.Event, size int) {
	s.buf = s.format(&s.config, s.buf[:0], e, size)
	switch {
	case s.config.Network == "unix" || s.config.Network == "tcp" && s.config.NonTransparent:
		s.buf = append(s.buf, '\n')
	case s.config.Network == "tcp":
		s.buf = append(append(strconv.AppendInt(nil, int64(len(s.buf)), 10), ' '), s.buf...) // RFC 6587, section 3.4.1
	}
}

func (s *sender) send() error {
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if conn == nil {
		var err error
		if conn, err = s.dial(); err != nil {
			return err
		}
	}
	conn.SetWriteDeadline(time.Now().Add(s.config.Timeout))
	_, err := conn.Write(s.buf)
	return err
}

func (s *sender) dial() (net.Conn, error) {
	ctx, cancel := context.WithTimeout(s.ctx, s.config.Timeout)
	defer cancel()
	var conn net.Conn
	var err error
	if s.config.TLS != nil {
		conn, err = (&tls.Dialer{Config: s.config.TLS}).DialContext(ctx, "tcp", s.config.Address)
	} else {
		conn, err = new(net.Dialer).DialContext(ctx, s.config.Network, s.config.Address)
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		conn.Close()
		return nil, s.ctx.Err()
	}
	s.conn = conn
	if s.config.Network == "tcp" || s.config.Network == "unix" {
		s.readers.Go(func() { // ends with the connection; close waits for it
			io.Copy(io.Discard, conn) // a server that goes is noticed before the next message is lost on it
			s.drop(conn)
		})
	}
	return conn, nil
}

// drop closes the connection, or the one that is used if it is nil.
func (s *sender) drop(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if conn == nil {
		conn = s.conn
	}
	if conn != nil {
		conn.Close()
	}
	if conn == s.conn {
		s.conn = nil
	}
}

// wait waits for the next try, longer each time.
func (s *sender) wait() {
	s.pause = min(max(2*s.pause, s.config.MinBackoff), s.config.MaxBackoff)
	timer := time.NewTimer(s.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
	}
}

func (s *sender) close() {
	s.cancel()
	s.drop(nil)
	s.readers.Wait()
}

// tooLong reports whether a datagram was too long for the system: Windows Sockets has a number of its own for it.
func tooLong(err error) bool {
	return errors.Is(err, syscall.EMSGSIZE) || errors.Is(err, syscall.Errno(10040))
}
