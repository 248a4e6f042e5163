// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"crypto/tls"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A stream is one connection over which a pattern goes out and comes back.
type stream struct {
	fd     int
	raw    *rawConn // of tls
	tls    *tls.Conn
	out    int           // where in the pattern what is sent goes on
	in     int           // where in the pattern what comes back goes on
	unsent int           // bytes of the batch that the kernel has not taken yet
	left   int           // bytes of the batch that have not come back yet
	sent   time.Duration // when the batch was begun
	busy   bool          // takes part in the load
}

// open connects stream i, and proves by one echoed message that the server has accepted it and finished the handshake.
func (s *stream) open(cfg Config, i int, secure *tls.Config) error {
	fd, err := cfg.dial(i, unix.SOCK_STREAM)
	if err != nil {
		return err
	}
	*s = stream{fd: fd, out: start(i), in: start(i)}
	if err := noDelay(fd); err != nil {
		return err
	}
	if err := limitWaits(fd, cfg.patience()); err != nil {
		return err
	}
	if secure != nil {
		s.raw = &rawConn{fd: fd, waiting: true}
		s.tls = tls.Client(s.raw, secure)
		if err := s.tls.Handshake(); err != nil {
			return fmt.Errorf("TLS handshake: %w", err)
		}
	}
	return nil
}

// greet sends a first message of size bytes; greeted waits for its echo.
func (s *stream) greet(p *pattern, size int) error {
	n, err := s.write(p.at(s.out, size))
	if err != nil || n != size {
		return fmt.Errorf("first message: sent %d of %d bytes: %w", n, size, err)
	}
	s.out = advance(s.out, size)
	return nil
}

func (s *stream) greeted(p *pattern, size int, buf []byte) error {
	for size > 0 {
		var n int
		var err error
		if s.tls != nil {
			n, err = s.tls.Read(buf[:size])
		} else {
			n, err = unix.Read(s.fd, buf[:size])
		}
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return errLate
		case err != nil:
			return fmt.Errorf("first message: %w", err)
		case n == 0:
			return errClosed
		case !p.match(s.in, buf[:n]):
			return errWrong
		}
		s.in = advance(s.in, n)
		size -= n
	}
	if s.raw != nil {
		s.raw.waiting = false
	}
	return nil
}

// read returns 0 when there is nothing yet.
func (s *stream) read(buf []byte) (int, error) {
	if s.tls != nil {
		n, err := s.tls.Read(buf)
		if err == errNothingYet {
			return n, nil
		}
		return n, err
	}
	n, e := recv(s.fd, buf)
	switch {
	case e == unix.EAGAIN || e == unix.EINTR:
		return 0, nil
	case n == 0 || e == unix.ECONNRESET:
		return 0, errClosed
	case e != 0:
		return 0, os.NewSyscallError("recv", e)
	}
	return n, nil
}

// write returns how much the kernel took.
func (s *stream) write(p []byte) (int, error) {
	if s.tls != nil {
		return s.tls.Write(p)
	}
	n, e := send(s.fd, p)
	if e == unix.EAGAIN || e == unix.EINTR {
		return 0, nil
	}
	if e == unix.ECONNRESET || e == unix.EPIPE {
		return 0, errClosed
	}
	if e != 0 {
		return 0, os.NewSyscallError("send", e)
	}
	return n, nil
}

func (s *stream) close() {
	if s.fd > 0 {
		unix.Close(s.fd)
		s.fd = 0
	}
}
