// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol

import "syscall"

// The system's error numbers of the classes of ConnectError: those that package syscall invented, and those of Windows Sockets (winerror.h), which errors of
// package net have.
var (
	refusedErrnos  = []syscall.Errno{syscall.ECONNREFUSED, 10061}
	noRouteErrnos  = []syscall.Errno{syscall.ENETUNREACH, syscall.EHOSTUNREACH, 10051, 10065}
	timedOutErrnos = []syscall.Errno{syscall.ETIMEDOUT, 10060}
)
