// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgi

import (
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/process"
)

// limits are those of the configuration.
func limits(c *Config) (l []process.Limit) {
	if n := c.MaxMemory; n > 0 {
		l = append(l, process.Limit{Resource: syscall.RLIMIT_AS, Cur: n, Max: n})
	}
	if c.MaxCPU > 0 {
		n := uint64((c.MaxCPU + time.Second - 1) / time.Second)
		l = append(l, process.Limit{Resource: syscall.RLIMIT_CPU, Cur: n, Max: n + 1})
	}
	return l
}
