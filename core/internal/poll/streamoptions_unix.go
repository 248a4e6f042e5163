// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"net"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/sys"
)

// option returns the error of an option where there are none.
func (s *stream) option() error {
	switch {
	case s.fd < 0:
		return net.ErrClosed
	case !s.tcp:
		return ErrUnsupported
	}
	return nil
}

func (s *stream) SetNoDelay(on bool) error {
	if err := s.option(); err != nil {
		return err
	}
	v := 0
	if on {
		v = 1
	}
	return sysError("setsockopt", sys.SetInt(int(s.fd), unix.IPPROTO_TCP, unix.TCP_NODELAY, v))
}

func (s *stream) NoDelay() (bool, error) {
	if err := s.option(); err != nil {
		return false, err
	}
	v, errno := sys.GetInt(int(s.fd), unix.IPPROTO_TCP, unix.TCP_NODELAY)
	return v != 0, sysError("getsockopt", errno)
}

func (s *stream) SetKeepAlive(idle time.Duration) error {
	if err := s.option(); err != nil {
		return err
	}
	errno := sys.SetKeepAlive(int(s.fd), idle)
	if errno == unix.ENOTSUP {
		return ErrUnsupported
	}
	return sysError("setsockopt", errno)
}

func (s *stream) KeepAlive() (bool, error) {
	if err := s.option(); err != nil {
		return false, err
	}
	v, errno := sys.GetInt(int(s.fd), unix.SOL_SOCKET, unix.SO_KEEPALIVE)
	return v != 0, sysError("getsockopt", errno)
}
