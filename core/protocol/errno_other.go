// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !windows

package protocol

import "syscall"

// The system's error numbers of the classes of ConnectError.
var (
	refusedErrnos  = []syscall.Errno{syscall.ECONNREFUSED}
	noRouteErrnos  = []syscall.Errno{syscall.ENETUNREACH, syscall.EHOSTUNREACH}
	timedOutErrnos = []syscall.Errno{syscall.ETIMEDOUT}
)
