// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"bytes"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// openPTY opens a new pair of descriptors, both closed on exec.
func openPTY() (master, slave int, err error) {
	master, err = unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, -1, &os.PathError{Op: "open", Path: "/dev/ptmx", Err: err}
	}
	var name [128]byte
	if err = unix.IoctlSetInt(master, unix.TIOCPTYGRANT, 0); err == nil {
		err = unix.IoctlSetInt(master, unix.TIOCPTYUNLK, 0)
	}
	if err == nil {
		// x/sys has no function for a request that fills a buffer.
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCPTYGNAME, uintptr(unsafe.Pointer(&name))); errno != 0 {
			err = errno
		}
	}
	if err == nil {
		n := max(bytes.IndexByte(name[:], 0), 0)
		slave, err = unix.Open(string(name[:n]), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		unix.Close(master)
		return -1, -1, os.NewSyscallError("pty", err)
	}
	return master, slave, nil
}
