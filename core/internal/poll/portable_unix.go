// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package poll

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// passesFDs: UNIX sockets pass descriptors here.
const passesFDs = true

// maxUnixPath is the longest path of a UNIX socket.
const maxUnixPath = len(unix.RawSockaddrUnix{}.Path) - 1

// bindOptions returns what to do with a socket before it is bound.
func bindOptions(reusePort, reuseAddr bool) func(string, string, syscall.RawConn) error {
	return func(network, _ string, rc syscall.RawConn) error {
		reuse := unix.SO_REUSEPORT
		if strings.HasPrefix(network, "tcp") {
			reuse = sys.ReusePort
		}
		var err error
		set := func(on bool, fd, name int) {
			if on && err == nil {
				err = os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.SOL_SOCKET, name, 1))
			}
		}
		if e := rc.Control(func(fd uintptr) {
			set(reuseAddr, int(fd), unix.SO_REUSEADDR)
			set(reusePort, int(fd), reuse)
		}); e != nil {
			return e
		}
		return err
	}
}

// setBacklog listens again: that is how to change the length of the queue.
func setBacklog(l net.Listener, n int) error {
	var err error
	if e := control(l, func(fd uintptr) { err = os.NewSyscallError("listen", unix.Listen(int(fd), n)) }); e != nil {
		return e
	}
	return err
}

func getInt(c any, level, name int) (v int, err error) {
	if e := control(c, func(fd uintptr) {
		v, err = unix.GetsockoptInt(int(fd), level, name)
		err = os.NewSyscallError("getsockopt", err)
	}); e != nil {
		return 0, e
	}
	return v, err
}

func noDelay(c *net.TCPConn) (bool, error) {
	v, err := getInt(c, unix.IPPROTO_TCP, unix.TCP_NODELAY)
	return v != 0, err
}

func keepAlive(c *net.TCPConn) (bool, error) {
	v, err := getInt(c, unix.SOL_SOCKET, unix.SO_KEEPALIVE)
	return v != 0, err
}

func v6OnlyConn(c packetConn) bool {
	v, err := getInt(c, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY)
	return err == nil && v != 0
}

func connectedPacket(c packetConn) bool {
	connected := false
	_ = control(c, func(fd uintptr) {
		_, err := unix.Getpeername(int(fd))
		connected = err == nil
	})
	return connected
}

// file returns a duplicate of fd for package net, which duplicates it again.
func file(fd int) (*os.File, error) {
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	return os.NewFile(uintptr(n), "socket"), nil
}

func adoptListener(fd int) (net.Listener, error) {
	f, err := file(fd)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if v, err := unix.GetsockoptInt(int(f.Fd()), unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err != nil || v == 0 {
		return nil, os.NewSyscallError("adopt", syscall.EINVAL)
	}
	return net.FileListener(f)
}

// adoptConn leaves the options of TCP as they are, which package net would change.
func adoptConn(fd int) (net.Conn, error) {
	f, err := file(fd)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	nagle, alive := -1, -1
	if v, err := unix.GetsockoptInt(int(f.Fd()), unix.IPPROTO_TCP, unix.TCP_NODELAY); err == nil {
		nagle = v
	}
	if v, err := unix.GetsockoptInt(int(f.Fd()), unix.SOL_SOCKET, unix.SO_KEEPALIVE); err == nil {
		alive = v
	}
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetNoDelay(nagle > 0)
		if alive == 0 {
			_ = tcp.SetKeepAlive(false)
		}
		return c, nil
	}
	if u, ok := c.(*net.UnixConn); !ok || u.LocalAddr().Network() != "unix" {
		c.Close()
		return nil, os.NewSyscallError("adopt", syscall.EPROTOTYPE)
	}
	return c, nil
}

func adoptPacket(fd int) (packetConn, error) {
	f, err := file(fd)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := net.FilePacketConn(f)
	if err != nil {
		return nil, err
	}
	if pc, ok := c.(packetConn); ok {
		return pc, nil
	}
	c.Close()
	return nil, os.NewSyscallError("adopt", syscall.EPROTOTYPE)
}

// listenUnix does what package net would, apart from the mode, which has to be set before the socket listens.
func listenUnix(path string, backlog int, mode fs.FileMode) (net.Listener, error) {
	fd, err := boundUnix(unix.SOCK_STREAM, path, mode)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var l net.Listener
	if err = os.NewSyscallError("listen", unix.Listen(fd, backlog)); err == nil {
		l, err = adoptListener(fd)
	}
	if err != nil && hasFile(path) {
		os.Remove(path)
	}
	return l, err
}

func listenUnixgram(path string, mode fs.FileMode) (packetConn, error) {
	fd, err := boundUnix(unix.SOCK_DGRAM, path, mode)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	return adoptPacket(fd)
}

// boundUnix returns a UNIX socket that is bound to path, if there is one.
func boundUnix(kind int, path string, mode fs.FileMode) (int, error) {
	syscall.ForkLock.RLock() // a child that is started here would inherit the socket
	fd, err := unix.Socket(unix.AF_UNIX, kind, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if path == "" {
		return fd, nil
	}
	err = bindMode(fd, path, mode, func() error {
		return os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrUnix{Name: toNetPath(path)}))
	})
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// sendPacket sends without waiting for room.
func sendPacket(c packetConn, p []byte, to protocol.Addr) error {
	rc, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var sendErr error
	if e := rc.Write(func(fd uintptr) bool {
		if !to.IsValid() {
			sendErr = unix.Send(int(fd), p, unix.MSG_DONTWAIT)
			return true
		}
		sa, err := sockaddrFor(int(fd), to)
		if err == nil {
			err = unix.Sendto(int(fd), p, unix.MSG_DONTWAIT, sa)
		}
		sendErr = err
		return true
	}); e != nil {
		return e
	}
	return os.NewSyscallError("sendto", sendErr)
}

func connectPacket(c packetConn, to protocol.Addr) (local protocol.Addr, err error) {
	if e := control(c, func(fd uintptr) {
		var sa unix.Sockaddr
		if sa, err = sockaddrFor(int(fd), to); err == nil {
			err = unix.Connect(int(fd), sa)
		}
		if err != nil {
			return
		}
		if name, e := unix.Getsockname(int(fd)); e == nil {
			local = fromSockaddr(name)
		}
	}); e != nil {
		return local, e
	}
	return local, os.NewSyscallError("connect", err)
}

// sockaddrFor returns to in the form that the family of the socket wants.
func sockaddrFor(fd int, to protocol.Addr) (unix.Sockaddr, error) {
	ap := to.AddrPort()
	if !ap.IsValid() {
		return &unix.SockaddrUnix{Name: toNetPath(to.Name())}, nil
	}
	mine, err := unix.Getsockname(fd)
	if err != nil {
		return nil, err
	}
	if _, four := mine.(*unix.SockaddrInet4); four {
		return &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()}, nil
	}
	return &unix.SockaddrInet6{Port: int(ap.Port()), Addr: ap.Addr().As16(), ZoneId: sys.ZoneIndex(ap.Addr().Zone())}, nil
}

func fromSockaddr(sa unix.Sockaddr) protocol.Addr {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return protocol.UDPAddr(netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)))
	case *unix.SockaddrInet6:
		ip := netip.AddrFrom16(sa.Addr).WithZone(sys.ZoneName(sa.ZoneId))
		return protocol.UDPAddr(netip.AddrPortFrom(ip, uint16(sa.Port)))
	}
	return protocol.Addr{}
}

func refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

func tooLong(err error) bool { return errors.Is(err, syscall.EMSGSIZE) }

func dropped(err error) bool {
	return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) || errors.Is(err, syscall.ENOBUFS)
}

// minPacketBuffer: a datagram that is too long is cut without an error here.
const minPacketBuffer = 0

// receiveFDs receives bytes and the descriptors that ride on them, closed on exec. When the process can have no more the system drops them: then there is
// nothing but EMFILE.
func receiveFDs(c *net.UnixConn, p []byte) (n int, fds []int, err error) {
	var oob [2048]byte
	n, oobn, flags, _, err := c.ReadMsgUnix(p, oob[:])
	if errors.Is(err, io.EOF) {
		return 0, nil, io.EOF
	}
	if err != nil {
		return n, nil, err
	}
	msgs, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil {
		return n, nil, os.NewSyscallError("recvmsg", err)
	}
	for i := range msgs {
		if got, err := unix.ParseUnixRights(&msgs[i]); err == nil {
			fds = append(fds, got...)
		}
	}
	if flags&unix.MSG_CTRUNC != 0 {
		for _, fd := range fds {
			closePassed(fd)
		}
		return 0, nil, os.NewSyscallError("recvmsg", syscall.EMFILE)
	}
	return n, fds, nil
}

func closePassed(fd int) { unix.Close(fd) }

// sendFDs sends p with descriptors; again means that there was no room.
func sendFDs(c *net.UnixConn, p []byte, fds []int) (n int, again bool, err error) {
	rc, err := c.SyscallConn()
	if err != nil {
		return 0, false, err
	}
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	var sendErr error
	if e := rc.Write(func(fd uintptr) bool {
		n, sendErr = unix.SendmsgN(int(fd), p, oob, nil, unix.MSG_DONTWAIT)
		return true
	}); e != nil {
		return 0, false, e
	}
	if errors.Is(sendErr, syscall.EAGAIN) || errors.Is(sendErr, syscall.EINTR) {
		return 0, true, nil
	}
	return max(n, 0), false, os.NewSyscallError("sendmsg", sendErr)
}

// awaitWritable waits until there is room. It asks the system each time, also the first: room that came before the wait began is not announced again.
func awaitWritable(c *net.UnixConn) error {
	rc, err := c.SyscallConn()
	if err != nil {
		return err
	}
	return rc.Write(func(fd uintptr) bool {
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		n, err := unix.Poll(ready, 0)
		return n > 0 || err != nil && err != unix.EINTR // an error shows again when sending
	})
}
