// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !linux

package sys

import (
	"errors"
	"fmt"
	"runtime"
)

// Processors returns the numbers of the processors that the process was given. Here that cannot be told.
func Processors() ([]int, error) {
	return nil, fmt.Errorf("%s: processors for threads: %w", runtime.GOOS, errors.ErrUnsupported)
}

// PinThread makes the calling thread run on one processor only. Here it cannot.
func PinThread(int) (undo func() error, err error) {
	_, err = Processors()
	return nil, err
}
