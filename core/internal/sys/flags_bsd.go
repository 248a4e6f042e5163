// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build dragonfly || freebsd || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

const (
	callFlags = unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL
	recvFlags = unix.MSG_DONTWAIT | unix.MSG_CMSG_CLOEXEC
	// recvCloses tells that recvFlags have the descriptors that come with a message closed on exec.
	recvCloses = true
)

// Socket opens a socket, non-blocking and closed on exec. Kind is unix.SOCK_STREAM or unix.SOCK_DGRAM.
func Socket(family, kind int) (int, error) {
	return unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
}

// quiet has nothing to do: each call that sends asks for no signal.
func quiet(int) error { return nil }
