// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

// IsTarget reports whether s can be a request target: visible ASCII without a fragment.
func IsTarget(s string) bool { return s != "" && all(s, classTarget) }
