// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package reactor

import (
	"io"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/protocol"
)

// SetNonblocking makes reads and writes of fd return at once, or wait again. Twisted: fdesc.setNonBlocking, setBlocking. Safe from any goroutine.
func SetNonblocking(fd int, on bool) error { return syscall.SetNonblock(fd, on) }

// ReadFromFD reads once from a non-blocking fd, at most 8192 bytes, and calls f with what there was, which is lent until return. Its result is what a
// DoRead returns: nil, also when there is nothing to read, protocol.Done(io.EOF) at the end, or protocol.Lost. Twisted: fdesc.readFromFD. Safe from any
// goroutine.
func ReadFromFD(fd int, f func(p []byte)) error {
	var buf [8192]byte
	n, err := retry(func() (int, error) { return syscall.Read(fd, buf[:]) })
	switch {
	case err == syscall.EAGAIN:
		return nil
	case err != nil:
		return protocol.Lost(err)
	case n == 0:
		return protocol.Done(io.EOF)
	}
	f(buf[:n])
	return nil
}

// WriteToFD writes once to a non-blocking fd and returns how much of p it took, 0 when it can take nothing now; an error is protocol.Lost. Twisted:
// fdesc.writeToFD. Safe from any goroutine.
func WriteToFD(fd int, p []byte) (int, error) {
	n, err := retry(func() (int, error) { return syscall.Write(fd, p) })
	if err == syscall.EAGAIN {
		return 0, nil
	}
	if err != nil {
		return 0, protocol.Lost(err)
	}
	return n, nil
}

func retry(f func() (int, error)) (int, error) {
	for {
		n, err := f()
		if err != syscall.EINTR {
			return n, err
		}
	}
}

// passesDescriptors: children inherit descriptors here.
const passesDescriptors = true

// duplicate returns a copy of fd that is closed on exec.
func duplicate(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3) }

func closeDescriptor(fd int) { _ = syscall.Close(fd) }

func setBroadcast(fd uintptr, on bool) error {
	n := 0
	if on {
		n = 1
	}
	return syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_BROADCAST, n)
}
