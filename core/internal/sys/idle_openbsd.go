// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import "syscall"

func setIdle(int, int) syscall.Errno { return syscall.ENOTSUP }
