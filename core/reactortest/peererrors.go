// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"errors"
	"syscall"

	"github.com/torsion-go/torsion/core/internal/sys"
)

// isReset reports whether a socket of package net was reset by its peer. Errors of package net have the numbers of Windows Sockets on Windows; wine 8 takes a reset
// for the end of the stream when nothing is being read.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.Errno(10054)) || err == nil && sys.Wine()
}

// isRefused reports whether nobody listened where a socket of package net was to connect.
func isRefused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.Errno(10061))
}
