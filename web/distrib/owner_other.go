// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package distrib

import "io/fs"

func ownerOf(fs.FileInfo) (uid int, ok bool) { return 0, false }
