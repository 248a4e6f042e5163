// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package serialport

import "golang.org/x/sys/unix"

const inQueue = unix.TIOCINQ

func getAttributes(fd int) (*unix.Termios, error) { return unix.IoctlGetTermios(fd, unix.TCGETS2) }

func setAttributes(fd int, t *unix.Termios) error { return unix.IoctlSetTermios(fd, unix.TCSETS2, t) }

// setSpeed sets any rate, not only those that have a name.
func setSpeed(t *unix.Termios, baud int) {
	t.Cflag = t.Cflag&^(unix.CBAUD|unix.CBAUD<<unix.IBSHIFT) | unix.BOTHER | unix.BOTHER<<unix.IBSHIFT
	t.Ispeed, t.Ospeed = uint32(baud), uint32(baud)
}

func flush(fd int, in, out bool) error {
	queue := unix.TCIOFLUSH
	switch {
	case !out:
		queue = unix.TCIFLUSH
	case !in:
		queue = unix.TCOFLUSH
	}
	return unix.IoctlSetInt(fd, unix.TCFLSH, queue)
}
