// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix && !linux

package proc

import "syscall"

// dieWithParent does nothing: the shell that watches does it.
func dieWithParent(*syscall.SysProcAttr) {}
