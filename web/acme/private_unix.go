// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package acme

import "io/fs"

// private reports whether only the owner gets at the folder.
func private(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }
