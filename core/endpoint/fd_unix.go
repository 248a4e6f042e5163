// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package endpoint

import "golang.org/x/sys/unix"

// closeFD closes an inherited or received descriptor, for which there is nothing to do if that fails.
func closeFD(fd int) { unix.Close(fd) }

func closeOnExec(fd int) { unix.CloseOnExec(fd) }
