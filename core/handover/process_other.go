// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package handover

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

func spawn(string, []string, []string, []int) (*os.Process, error) {
	return nil, fmt.Errorf("handover: descriptors to inherit on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

func pipeID(int) (string, error) { return "", errors.ErrUnsupported }

func orphaned(*will) bool { return false }

func keepPipe(int) error { return errors.ErrUnsupported }

func keepSocket(int, string) error { return errors.ErrUnsupported }

func keepFile(int) error { return errors.ErrUnsupported }

func closeFile(int) {}

func tell(int, string) error { return errors.ErrUnsupported }
