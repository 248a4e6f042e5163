// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package acme

import "io/fs"

// private reports true: the rights are not in the mode here.
func private(fs.FileInfo) bool { return true }
