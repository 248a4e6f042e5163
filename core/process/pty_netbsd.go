// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// getPTY is TIOCPTMGET for the struct that package unix has: its constant is that of a smaller one, of before NetBSD 7, on some processors.
const getPTY = 0x48087446

// openPTY opens a new pair of descriptors, both closed on exec.
func openPTY() (master, slave int, err error) {
	ptm, err := unix.Open("/dev/ptm", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, -1, &os.PathError{Op: "open", Path: "/dev/ptm", Err: err}
	}
	defer unix.Close(ptm)
	syscall.ForkLock.RLock() // a child that is started here would inherit them
	defer syscall.ForkLock.RUnlock()
	got, err := unix.IoctlGetPtmget(ptm, getPTY)
	if err != nil {
		return -1, -1, os.NewSyscallError("pty", err)
	}
	unix.CloseOnExec(int(got.Cfd))
	unix.CloseOnExec(int(got.Sfd))
	return int(got.Cfd), int(got.Sfd), nil
}
