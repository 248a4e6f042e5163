// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !without_zlib

package tagged

const has = true
