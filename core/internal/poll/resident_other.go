// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly

package poll

// FileResident reports whether count bytes of a file from offset are most likely in memory. That cannot be told here: a thread reads them first.
func FileResident(uintptr, int64, int) bool { return false }
