// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"errors"
	"fmt"
	"io"
)

var (
	errClosed  = fmt.Errorf("the server closed the connection: %w", io.ErrUnexpectedEOF)
	errWrong   = errors.New("the server answered with wrong bytes")
	errSurplus = errors.New("the server answered with more than was asked for")
	// ErrNothing is matched when the interval was too short for a single operation on a machine that is busy with something else.
	ErrNothing = errors.New("no operation was finished")
	errLate    = errors.New("the server did not answer in time")
)
