// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package password

import (
	"io/fs"
	"os"
)

func keepOwner(*os.File, fs.FileInfo) error { return nil }
