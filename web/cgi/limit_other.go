// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !linux

package cgi

import "github.com/torsion-go/torsion/core/process"

// limits asks for bounds that this system does not have: the start of the program fails with errors.ErrUnsupported.
func limits(c *Config) []process.Limit {
	if c.MaxMemory == 0 && c.MaxCPU <= 0 {
		return nil
	}
	return []process.Limit{{Cur: c.MaxMemory, Max: c.MaxMemory}}
}
