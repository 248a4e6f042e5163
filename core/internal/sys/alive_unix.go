// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package sys

import "syscall"

// Alive reports whether the process pid exists. One that we may not signal does; on Linux one that has ended and waits for its parent to take note of that, which may be for
// ever, does not.
func Alive(pid int) bool { return syscall.Kill(pid, 0) != syscall.ESRCH && !zombie(pid) }
