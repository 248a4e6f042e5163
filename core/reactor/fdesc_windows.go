// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"syscall"
)

// passesDescriptors: children inherit no descriptors here.
const passesDescriptors = false

func duplicate(int) (int, error) { return 0, errors.ErrUnsupported }

func closeDescriptor(fd int) { _ = syscall.CloseHandle(syscall.Handle(fd)) }

func setBroadcast(fd uintptr, on bool) error {
	n := 0
	if on {
		n = 1
	}
	return syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, syscall.SO_BROADCAST, n)
}
