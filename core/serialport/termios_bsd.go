// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package serialport

import "golang.org/x/sys/unix"

const inQueue = 0x4004667f // FIONREAD, which x/sys does not name on all of these

func getAttributes(fd int) (*unix.Termios, error) { return unix.IoctlGetTermios(fd, unix.TIOCGETA) }

func setAttributes(fd int, t *unix.Termios) error { return unix.IoctlSetTermios(fd, unix.TIOCSETA, t) }

func flush(fd int, in, out bool) error {
	const read, write = 1, 2 // FREAD, FWRITE
	queue := 0
	if in {
		queue |= read
	}
	if out {
		queue |= write
	}
	return unix.IoctlSetPointerInt(fd, unix.TIOCFLUSH, queue)
}
