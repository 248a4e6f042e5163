// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// The calls go through the C library where the system wants that, which is what package unix knows.

// number returns the error number of an error of package unix, 0 for nil.
func number(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	if errno, ok := err.(syscall.Errno); ok {
		return errno
	}
	return syscall.EINVAL
}

// Recv receives into p, which is not empty, without waiting. It reads: package unix allocates an address for each recvfrom.
func Recv(fd int, p []byte) (int, syscall.Errno) {
	n, err := unix.Read(fd, p)
	if err != nil {
		return 0, number(err)
	}
	return n, 0
}

// Send sends p without waiting and without a signal.
func Send(fd int, p []byte) (int, syscall.Errno) {
	n, err := unix.SendmsgN(fd, p, nil, nil, callFlags)
	if err != nil {
		return 0, number(err)
	}
	return n, 0
}

// SendTo sends a datagram.
func SendTo(fd int, p []byte, to *Sockaddr) syscall.Errno {
	return number(unix.Sendto(fd, p, callFlags, to.system()))
}

// Connect starts to connect a non-blocking socket.
func Connect(fd int, to *Sockaddr) syscall.Errno {
	sa := to.system()
	if sa == nil {
		return syscall.EINVAL
	}
	return number(unix.Connect(fd, sa))
}

// Bind names a socket.
func Bind(fd int, a *Sockaddr) syscall.Errno {
	sa := a.system()
	if sa == nil {
		return syscall.EINVAL
	}
	return number(unix.Bind(fd, sa))
}

// LocalName fills a with the socket's own name.
func LocalName(fd int, a *Sockaddr) syscall.Errno {
	sa, err := unix.Getsockname(fd)
	a.set(sa)
	return number(err)
}

// PeerName fills a with the name of the socket's peer.
func PeerName(fd int, a *Sockaddr) syscall.Errno {
	sa, err := unix.Getpeername(fd)
	a.set(sa)
	return number(err)
}

// Close closes a socket or another descriptor whose closing cannot wait.
func Close(fd int) syscall.Errno { return number(unix.Close(fd)) }

// CloseWrite sends the end of stream.
func CloseWrite(fd int) syscall.Errno { return number(unix.Shutdown(fd, unix.SHUT_WR)) }

// SetInt sets a socket option that is a C int.
func SetInt(fd, level, name, value int) syscall.Errno {
	return number(unix.SetsockoptInt(fd, level, name, value))
}

// GetInt returns a socket option that is a C int.
func GetInt(fd, level, name int) (int, syscall.Errno) {
	v, err := unix.GetsockoptInt(fd, level, name)
	return v, number(err)
}

// Linger0 makes the next Close of a TCP socket send a reset.
func Linger0(fd int) syscall.Errno {
	return number(unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}))
}
