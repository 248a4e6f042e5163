// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sdnotify

import (
	"os"

	"golang.org/x/sys/unix"
)

// monotonic returns the system's monotonic clock in microseconds, the one that the manager compares with.
func monotonic() (int64, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0, os.NewSyscallError("clock_gettime", err)
	}
	return t.Nano() / 1000, nil
}
