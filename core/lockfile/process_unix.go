// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package lockfile

import "syscall"

// alive reports whether the process exists. One that we may not signal does.
func alive(pid int) bool { return syscall.Kill(pid, 0) != syscall.ESRCH }
