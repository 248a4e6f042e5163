// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"net"
	"syscall"

	"golang.org/x/sys/windows"

	"github.com/torsion-go/torsion/core/protocol"
)

// SendTo sends a datagram without waiting.
func (s *iocpPacket) SendTo(p []byte, to protocol.Addr) error {
	if s.closed {
		return net.ErrClosed
	}
	if to.IsValid() {
		if err := s.check(to); err != nil {
			return err
		}
	}
	err := s.sendTo(p, to)
	if refused(err) && s.connected && !to.IsValid() { // of an earlier datagram, so this one is still to be sent
		e := sysError("WSASend", err)
		s.p.later(func() { s.failed(e) })
		if err = s.sendTo(p, to); refused(err) {
			return nil
		}
	}
	switch {
	case err == nil, dropped(err), refused(err) && !s.connected:
		return nil
	case tooLong(err):
		return &protocol.MessageLengthError{Size: len(p), Err: sysError("WSASendTo", err)}
	}
	return sysError("WSASendTo", err)
}

func (s *iocpPacket) sendTo(p []byte, to protocol.Addr) error {
	b := windows.WSABuf{Len: uint32(len(p))}
	if len(p) > 0 {
		b.Buf = &p[0]
	}
	var n uint32
	if !to.IsValid() {
		if !s.connected {
			return syscall.Errno(windows.WSAENOTCONN)
		}
		return windows.WSASend(s.fd, &b, 1, &n, 0, nil, nil)
	}
	size := s.p.fill(to.AddrPort(), s.six)
	return windows.WSASendTo(s.fd, &b, 1, &n, 0, &s.p.raw, size, nil, nil)
}

// check refuses an address of another kind than the socket's.
func (s *iocpPacket) check(to protocol.Addr) error {
	reason := ""
	switch ip := to.AddrPort().Addr(); {
	case !ip.IsValid():
		reason = "not an IP address"
	case ip.Is6() != s.six && !(ip.Is4() && s.mapped):
		reason = "of another family than the socket"
	}
	if reason != "" {
		return &protocol.InvalidAddressError{Addr: to.String(), Reason: reason}
	}
	return nil
}
