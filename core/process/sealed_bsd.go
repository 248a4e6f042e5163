// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package process

import (
	"sync"

	"golang.org/x/sys/unix"
)

// mostSealed bounds the search: a process is not started with so many descriptors.
const mostSealed = 1024

// seal has the descriptors that this process was started with closed on exec, those from 3 on: a child gets none by accident.
var seal = sync.OnceFunc(func() {
	for fd := 3; fd < mostSealed; fd++ {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			unix.CloseOnExec(fd)
		}
	}
})
