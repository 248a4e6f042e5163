// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !windows

package sys

import "syscall"

func classifyNative(syscall.Errno) AcceptClass { return AcceptFatal }
