// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package endpoint

// Descriptors are neither inherited nor received on these systems.

func closeFD(int) {}

func closeOnExec(int) {}
