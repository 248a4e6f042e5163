// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// getPTY is PTMGET, which fills a ptmget.
const getPTY = 0x40287401

type ptmget struct {
	master, slave int32
	_             [2][16]byte // their names
}

// openPTY opens a new pair of descriptors, both closed on exec.
func openPTY() (master, slave int, err error) {
	ptm, err := unix.Open("/dev/ptm", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, -1, &os.PathError{Op: "open", Path: "/dev/ptm", Err: err}
	}
	defer unix.Close(ptm)
	syscall.ForkLock.RLock() // a child that is started here would inherit them
	defer syscall.ForkLock.RUnlock()
	var got ptmget
	// Package unix has no function for a request that fills a buffer. This is the one call by number that the system still takes: it goes to the C library.
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(ptm), getPTY, uintptr(unsafe.Pointer(&got))); errno != 0 {
		return -1, -1, os.NewSyscallError("pty", errno)
	}
	unix.CloseOnExec(int(got.master))
	unix.CloseOnExec(int(got.slave))
	return int(got.master), int(got.slave), nil
}
