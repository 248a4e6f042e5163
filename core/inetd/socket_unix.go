// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package inetd

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/protocol"
)

// A socket is one that listens, or gets datagrams. It is never read here, but for internal services.
type socket struct {
	file *os.File
	fd   int // of file
	addr protocol.Addr
	path fs.FileInfo // of a UNIX socket: to remove no other
}

// open opens the socket of a service. The calls do not block.
func (s *spec) open() (*socket, error) {
	var lc net.ListenConfig
	lc.SetMultipathTCP(false) // programs expect plain TCP
	type listener interface {
		syscall.Conn
		Close() error
	}
	var (
		l    listener
		addr net.Addr
		err  error
	)
	switch {
	case s.Network == "unix":
		return s.openPath()
	case s.Datagram:
		var p net.PacketConn
		if p, err = lc.ListenPacket(context.Background(), s.Network, s.address); err == nil {
			l, addr = p.(*net.UDPConn), p.LocalAddr()
		}
	default:
		var p net.Listener
		if p, err = lc.Listen(context.Background(), s.Network, s.address); err == nil {
			l, addr = p.(*net.TCPListener), p.Addr()
		}
	}
	if err != nil {
		return nil, err
	}
	defer l.Close()
	return take(l, addr)
}

// take duplicates a socket, out of the reach of the Go runtime.
func take(c syscall.Conn, addr net.Addr) (*socket, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	k := &socket{fd: -1, addr: protocol.FromNetAddr(addr)}
	if e := raw.Control(func(fd uintptr) { k.fd, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 3) }); e != nil {
		return nil, e
	}
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	if err := unix.SetNonblock(k.fd, false); err != nil { // a file of a non-blocking descriptor would be polled by the runtime
		unix.Close(k.fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	k.file = os.NewFile(uintptr(k.fd), k.addr.String())
	return k, nil
}

func (s *spec) openPath() (_ *socket, err error) {
	if err := removeStale(s.address); err != nil {
		return nil, err
	}
	// On Linux a socket has its mode before its file is there.
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = unix.Fchmod(int(fd), uint32(s.Mode)) })
	}}
	p, err := lc.Listen(context.Background(), "unix", s.address)
	if err != nil {
		return nil, err
	}
	l := p.(*net.UnixListener)
	l.SetUnlinkOnClose(false)
	defer l.Close()
	defer func() {
		if err != nil {
			os.Remove(s.address)
		}
	}()
	if err = os.Chmod(s.address, s.Mode); err != nil {
		return nil, err
	}
	if s.uid != -1 || s.gid != -1 {
		if err = os.Lchown(s.address, s.uid, s.gid); err != nil {
			return nil, err
		}
	}
	k, err := take(l, l.Addr())
	if err != nil {
		return nil, err
	}
	if k.path, err = os.Lstat(s.address); err != nil {
		k.file.Close()
		return nil, err
	}
	return k, nil
}

// removeStale removes a socket that nobody listens on any more.
func removeStale(path string) error {
	st, err := os.Lstat(path)
	if err != nil || st.Mode()&fs.ModeSocket == 0 {
		return nil // bind tells
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	switch err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err {
	case unix.ECONNREFUSED:
		return os.Remove(path)
	case nil, unix.EAGAIN:
		return fmt.Errorf("%s: %w", path, unix.EADDRINUSE)
	}
	return nil
}

func (k *socket) close() {
	if k.path != nil {
		if now, err := os.Lstat(k.addr.Name()); err == nil && os.SameFile(now, k.path) {
			os.Remove(k.addr.Name())
		}
	}
	k.file.Close()
}

func (k *socket) setNonblock(on bool) error { return unix.SetNonblock(k.fd, on) }

// accept takes one connection from a non-blocking socket.
func (k *socket) accept() (*os.File, verdict, error) {
	fd, err := acceptCloseOnExec(k.fd)
	switch err {
	case nil:
	case unix.EAGAIN:
		return nil, nothing, nil
	case unix.EINTR, unix.ECONNABORTED, unix.EPROTO, unix.EPERM, unix.ENETDOWN, unix.EHOSTDOWN, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.ENOPROTOOPT, unix.EOPNOTSUPP:
		return nil, next, err
	default:
		return nil, pause, os.NewSyscallError("accept", err)
	}
	if err := unix.SetNonblock(fd, false); err != nil { // inherited on some systems
		unix.Close(fd)
		return nil, next, err
	}
	return os.NewFile(uintptr(fd), "connection"), accepted, nil
}
