// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package process

// WithoutPidfd makes a goroutine wait for the child, as on old kernels.
func (c Config) WithoutPidfd() Config {
	c.noPidfd = true
	return c
}

// OpenPTY exports openPTY.
var OpenPTY = openPTY

// Noticed reports whether the loop knows that the child has exited. Loop only.
func (t *Transport) Noticed() bool { return t.zombie || t.exited }
