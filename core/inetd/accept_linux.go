// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd

import "golang.org/x/sys/unix"

func acceptCloseOnExec(fd int) (int, error) {
	conn, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC)
	return conn, err
}
