// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package policy_test

import "syscall"

func mkfifo(name string) error { return syscall.Mkfifo(name, 0o600) }
