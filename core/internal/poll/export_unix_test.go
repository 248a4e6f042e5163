// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package poll

// BindMode is bindMode.
var BindMode = bindMode
