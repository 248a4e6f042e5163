// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package sys

import (
	"math"
	"syscall"
)

// MaxFiles returns how many descriptors this process may have open: the soft limit, or a guess of 10,000 where the system tells none.
func MaxFiles() int {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil || r.Cur <= 0 {
		return defaultMaxFiles
	}
	return int(min(uint64(r.Cur), math.MaxInt32))
}
