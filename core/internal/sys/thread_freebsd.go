// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// ThreadID returns the system's number of the calling thread. ok is false where the system has none to tell. It does not allocate. The answer means
// something only as long as the goroutine is locked to its thread.
func ThreadID() (id uint64, ok bool) {
	var tid int64 // a C long; the upper half stays 0 where that is 32 bits
	_, _, errno := unix.RawSyscall(unix.SYS_THR_SELF, uintptr(unsafe.Pointer(&tid)), 0, 0)
	return uint64(tid), errno == 0
}
