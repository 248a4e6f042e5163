// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wsgi

import (
	"syscall"

	"github.com/torsion-go/torsion/core/process"
)

// memoryLimit bounds the address space.
func memoryLimit(n uint64) []process.Limit {
	if n == 0 {
		return nil
	}
	return []process.Limit{{Resource: syscall.RLIMIT_AS, Cur: n, Max: n}}
}
