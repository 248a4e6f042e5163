// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"net"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/torsion-go/torsion/core/internal/sys"
)

// option returns the error of an option where there are none.
func (s *iocpStream) option() error {
	switch {
	case s.closed:
		return net.ErrClosed
	case !s.tcp:
		return ErrUnsupported
	}
	return nil
}

func (s *iocpStream) set(level, name, value int) error {
	return sysError("setsockopt", windows.SetsockoptInt(s.fd, level, name, value))
}

// get returns whether an option is on. The system writes one byte of some.
func (s *iocpStream) get(level, name int) (bool, error) {
	if err := s.option(); err != nil {
		return false, err
	}
	v, err := windows.GetsockoptInt(s.fd, level, name)
	return v&0xff != 0, sysError("getsockopt", err)
}

func (s *iocpStream) SetNoDelay(on bool) error {
	if err := s.option(); err != nil {
		return err
	}
	v := 0
	if on {
		v = 1
	}
	return s.set(windows.IPPROTO_TCP, windows.TCP_NODELAY, v)
}

func (s *iocpStream) NoDelay() (bool, error) { return s.get(windows.IPPROTO_TCP, windows.TCP_NODELAY) }

func (s *iocpStream) SetKeepAlive(idle time.Duration) error {
	if err := s.option(); err != nil {
		return err
	}
	if idle <= 0 {
		on := 0
		if idle < 0 {
			on = 1
		}
		return s.set(windows.SOL_SOCKET, windows.SO_KEEPALIVE, on)
	}
	secs := (min(idle, sys.MaxKeepAlive) + time.Second - 1) / time.Second
	if s.set(windows.IPPROTO_TCP, windows.TCP_KEEPIDLE, int(secs)) == nil {
		return s.set(windows.SOL_SOCKET, windows.SO_KEEPALIVE, 1)
	}
	// Before Windows 10 1709 the two times go together; the second is the system's default.
	vals := windows.TCPKeepalive{OnOff: 1, Time: uint32(secs * 1000), Interval: 1000}
	var n uint32
	return sysError("WSAIoctl", windows.WSAIoctl(s.fd, windows.SIO_KEEPALIVE_VALS, (*byte)(unsafe.Pointer(&vals)), uint32(unsafe.Sizeof(vals)), nil, 0, &n, nil, 0))
}

func (s *iocpStream) KeepAlive() (bool, error) {
	return s.get(windows.SOL_SOCKET, windows.SO_KEEPALIVE)
}
