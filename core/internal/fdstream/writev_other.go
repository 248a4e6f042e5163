// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix && !linux

package fdstream

import "golang.org/x/sys/unix"

func writev(fd int, v [][]byte) (int, error) { return unix.Write(fd, v[0]) }
