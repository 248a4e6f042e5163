// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import "golang.org/x/sys/unix"

// ThreadID returns the system's number of the calling thread. ok is false where the system has none to tell. It does not allocate. The answer means
// something only as long as the goroutine is locked to its thread.
func ThreadID() (id uint64, ok bool) {
	r, _ := unix.RawSyscallNoError(unix.SYS_GETTID, 0, 0, 0)
	return uint64(r), true
}
