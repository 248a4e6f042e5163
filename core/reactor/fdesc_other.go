// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix && !windows

package reactor

import "errors"

// passesDescriptors: children inherit no descriptors here.
const passesDescriptors = false

func duplicate(int) (int, error) { return 0, errors.ErrUnsupported }

func closeDescriptor(int) {}

func setBroadcast(uintptr, bool) error { return errors.ErrUnsupported }
