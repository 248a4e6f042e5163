// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// openPTY opens a new pair of descriptors, both closed on exec.
func openPTY() (master, slave int, err error) {
	r, _, errno := unix.Syscall(unix.SYS_POSIX_OPENPT, uintptr(unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC), 0, 0)
	if errno != 0 {
		return -1, -1, os.NewSyscallError("posix_openpt", errno)
	}
	master = int(r)
	n, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err == nil {
		slave, err = unix.Open("/dev/pts/"+strconv.Itoa(n), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		unix.Close(master)
		return -1, -1, os.NewSyscallError("pty", err)
	}
	return master, slave, nil
}
