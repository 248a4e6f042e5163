// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !windows

package atomicfile

// patiently renames: here nobody who has a file open is in the way.
func patiently(f files, from, to string) error { return f.Rename(from, to) }
