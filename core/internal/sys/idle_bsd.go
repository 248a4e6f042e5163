// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build freebsd || netbsd

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func setIdle(fd, seconds int) syscall.Errno {
	return SetInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, seconds)
}
