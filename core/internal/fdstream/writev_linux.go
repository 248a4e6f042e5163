// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fdstream

import "golang.org/x/sys/unix"

func writev(fd int, v [][]byte) (int, error) {
	if len(v) == 1 {
		return unix.Write(fd, v[0])
	}
	return unix.Writev(fd, v)
}
