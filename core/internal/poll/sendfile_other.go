// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !darwin && !dragonfly && !freebsd && !linux

package poll

// FileResident is asked by nobody: no stream here is a FileSender.
func FileResident(uintptr, int64, int) bool { return false }
