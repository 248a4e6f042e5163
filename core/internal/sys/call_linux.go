// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const callFlags = unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL

// Recv receives into p, which is not empty, without waiting.
func Recv(fd int, p []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), unix.MSG_DONTWAIT, 0, 0)
	return count(n, errno), errno
}

// Send sends p without waiting and without a signal.
func Send(fd int, p []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), callFlags, 0, 0)
	return count(n, errno), errno
}

// SendTo sends a datagram.
func SendTo(fd int, p []byte, to *Sockaddr) syscall.Errno {
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), callFlags,
		uintptr(unsafe.Pointer(&to.raw)), uintptr(to.len))
	return errno
}

// Accept accepts a connection, non-blocking and closed on exec.
func Accept(fd int, from *Sockaddr) (int, syscall.Errno) {
	from.len = sockaddrSize
	n, _, errno := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(&from.raw)), uintptr(unsafe.Pointer(&from.len)),
		unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	return count(n, errno), errno
}

// Connect starts to connect a non-blocking socket.
func Connect(fd int, to *Sockaddr) syscall.Errno {
	if to.Family() == unix.AF_UNIX { // looks up a path, which can wait for a disk
		_, _, errno := unix.Syscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&to.raw)), uintptr(to.len))
		return errno
	}
	_, _, errno := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&to.raw)), uintptr(to.len))
	return errno
}

// Bind names a socket.
func Bind(fd int, a *Sockaddr) syscall.Errno {
	_, _, errno := unix.Syscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&a.raw)), uintptr(a.len))
	return errno
}

// LocalName fills a with the socket's own name.
func LocalName(fd int, a *Sockaddr) syscall.Errno {
	a.len = sockaddrSize
	_, _, errno := unix.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(fd), uintptr(unsafe.Pointer(&a.raw)), uintptr(unsafe.Pointer(&a.len)))
	return errno
}

// PeerName fills a with the name of the socket's peer.
func PeerName(fd int, a *Sockaddr) syscall.Errno {
	a.len = sockaddrSize
	_, _, errno := unix.RawSyscall(unix.SYS_GETPEERNAME, uintptr(fd), uintptr(unsafe.Pointer(&a.raw)), uintptr(unsafe.Pointer(&a.len)))
	return errno
}

// Close closes a socket or another descriptor whose closing cannot wait.
func Close(fd int) syscall.Errno {
	_, _, errno := unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
	return errno
}

// CloseWrite sends the end of stream.
func CloseWrite(fd int) syscall.Errno {
	_, _, errno := unix.RawSyscall(unix.SYS_SHUTDOWN, uintptr(fd), unix.SHUT_WR, 0)
	return errno
}

// SetInt sets a socket option that is a C int.
func SetInt(fd, level, name, value int) syscall.Errno {
	v := int32(value)
	_, _, errno := unix.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), uintptr(level), uintptr(name), uintptr(unsafe.Pointer(&v)), 4, 0)
	return errno
}

// GetInt returns a socket option that is a C int.
func GetInt(fd, level, name int) (int, syscall.Errno) {
	v, size := int32(0), uint32(4)
	_, _, errno := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(level), uintptr(name), uintptr(unsafe.Pointer(&v)),
		uintptr(unsafe.Pointer(&size)), 0)
	return int(v), errno
}

// Linger0 makes the next Close of a TCP socket send a reset.
func Linger0(fd int) syscall.Errno {
	l := unix.Linger{Onoff: 1}
	_, _, errno := unix.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_LINGER, uintptr(unsafe.Pointer(&l)), unsafe.Sizeof(l), 0)
	return errno
}

func count(n uintptr, errno syscall.Errno) int {
	if errno != 0 {
		return 0
	}
	return int(n)
}

// quiet has nothing to do: each call that sends asks for no signal.
func quiet(int) error { return nil }
