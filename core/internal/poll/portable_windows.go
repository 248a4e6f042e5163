// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// passesFDs: descriptors cannot be passed here.
const passesFDs = false

// maxUnixPath is the longest path of a UNIX socket.
const maxUnixPath = len(windows.RawSockaddrUnix{}.Path) - 1

// bindOptions returns what to do with a socket before it is bound. SO_REUSEADDR has SO_REUSEPORT's meaning here, and listeners do without both: it would let
// others take their port.
func bindOptions(reusePort, reuseAddr bool) func(string, string, syscall.RawConn) error {
	return func(_, _ string, rc syscall.RawConn) error {
		if !reusePort {
			return nil
		}
		var err error
		if e := rc.Control(func(fd uintptr) {
			err = os.NewSyscallError("setsockopt", windows.SetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, windows.SO_REUSEADDR, 1))
		}); e != nil {
			return e
		}
		return err
	}
}

// setBacklog: the queue's length cannot be changed once the socket listens, and package net has chosen the system's greatest.
func setBacklog(net.Listener, int) error { return nil }

func getInt(c any, level, name int) (v int, err error) {
	if e := control(c, func(fd uintptr) {
		v, err = windows.GetsockoptInt(windows.Handle(fd), level, name)
		err = os.NewSyscallError("getsockopt", err)
	}); e != nil {
		return 0, e
	}
	return v, err
}

func noDelay(c *net.TCPConn) (bool, error) {
	v, err := getInt(c, windows.IPPROTO_TCP, windows.TCP_NODELAY)
	return v&0xff != 0, err // the system writes one byte
}

func keepAlive(c *net.TCPConn) (bool, error) {
	v, err := getInt(c, windows.SOL_SOCKET, windows.SO_KEEPALIVE)
	return v&0xff != 0, err
}

func v6OnlyConn(c packetConn) bool {
	v, err := getInt(c, windows.IPPROTO_IPV6, windows.IPV6_V6ONLY)
	return err == nil && v&0xff != 0
}

func connectedPacket(packetConn) bool { return false }

func adoptListener(int) (net.Listener, error) { return nil, ErrUnsupported }

func adoptConn(int) (net.Conn, error) { return nil, ErrUnsupported }

func adoptPacket(int) (packetConn, error) { return nil, ErrUnsupported }

// listenUnix: the files of sockets have no modes here, their folder's access list tells who may connect.
func listenUnix(path string, _ int, _ fs.FileMode) (net.Listener, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: toNetPath(path)})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // the path is the caller's business
	return l, nil
}

// listenUnixgram: the system has UNIX stream sockets only.
func listenUnixgram(string, fs.FileMode) (packetConn, error) { return nil, ErrUnsupported }

func sendPacket(c packetConn, p []byte, to protocol.Addr) error {
	if !to.IsValid() {
		_, err := c.Write(p)
		return err
	}
	_, err := c.WriteTo(p, to.NetAddr())
	return err
}

func connectPacket(c packetConn, to protocol.Addr) (local protocol.Addr, err error) {
	ap := to.AddrPort()
	var sa windows.Sockaddr = &windows.SockaddrInet4{Port: int(ap.Port())}
	mine := fromNet(c.LocalAddr()).AddrPort().Addr()
	if mine.Is4() {
		sa = &windows.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()}
	} else {
		sa = &windows.SockaddrInet6{Port: int(ap.Port()), Addr: ap.Addr().As16(), ZoneId: sys.ZoneIndex(ap.Addr().Zone())}
	}
	if e := control(c, func(fd uintptr) {
		// Package net has turned off that refusals are told, which would end the receiving of sockets without a peer.
		on, n := uint32(1), uint32(0)
		err = os.NewSyscallError("WSAIoctl", windows.WSAIoctl(windows.Handle(fd), windows.SIO_UDP_CONNRESET, (*byte)(unsafe.Pointer(&on)), 4, nil, 0, &n, nil, 0))
		if err == nil {
			err = os.NewSyscallError("connect", windows.Connect(windows.Handle(fd), sa))
		}
	}); e != nil {
		return local, e
	}
	return local, err
}

func refused(err error) bool {
	return errors.Is(err, windows.WSAECONNRESET) || errors.Is(err, windows.WSAECONNREFUSED)
}

func tooLong(err error) bool { return errors.Is(err, windows.WSAEMSGSIZE) }

func dropped(err error) bool {
	return errors.Is(err, windows.WSAEWOULDBLOCK) || errors.Is(err, windows.WSAENOBUFS)
}

// minPacketBuffer is the size of the longest datagram: one that is longer than the buffer is an error here, and package net then does not tell who sent it.
const minPacketBuffer = 1 << 16

func receiveFDs(c *net.UnixConn, p []byte) (n int, fds []int, err error) {
	n, err = c.Read(p)
	return n, nil, err
}

func closePassed(int) {}

func sendFDs(*net.UnixConn, []byte, []int) (n int, again bool, err error) {
	return 0, false, ErrUnsupported
}

func awaitWritable(*net.UnixConn) error { return ErrUnsupported }

// A watcher would watch descriptors of others, which this system cannot.
type watcher struct{}

func (*watcher) stop() {}

func (p *portable) Watch(int, WatchHandler) (Watch, error) { return nil, ErrUnsupported }
