// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !linux

package wsgi

import "github.com/torsion-go/torsion/core/process"

// memoryLimit asks for a bound that this system does not have: the start of the worker fails with errors.ErrUnsupported.
func memoryLimit(n uint64) []process.Limit {
	if n == 0 {
		return nil
	}
	return []process.Limit{{Cur: n, Max: n}}
}
