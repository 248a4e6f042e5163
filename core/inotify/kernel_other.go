// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !linux

package inotify

import (
	"errors"
	"fmt"
	"runtime"
)

func open() (kernel, error) {
	return nil, fmt.Errorf("inotify: new: %s has no inotify: %w", runtime.GOOS, errors.ErrUnsupported)
}
