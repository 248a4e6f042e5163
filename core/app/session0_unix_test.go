// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package app

import "golang.org/x/sys/unix"

// session0 returns the session of this process.
func session0() int {
	sid, err := unix.Getsid(0)
	if err != nil {
		return -1
	}
	return sid
}
