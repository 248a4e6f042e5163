// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !linux

package leaktest

// descriptors returns nothing: this system has no list of them.
func descriptors() map[string]string { return nil }
