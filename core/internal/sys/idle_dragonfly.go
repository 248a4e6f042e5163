// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// setIdle converts to the milliseconds of this system.
func setIdle(fd, seconds int) syscall.Errno {
	return SetInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, seconds*1000)
}
