// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package fspath

import (
	"errors"
	"syscall"
)

// crossesDevices reports whether a renaming failed for being one between file systems.
func crossesDevices(err error) bool { return errors.Is(err, syscall.EXDEV) }
