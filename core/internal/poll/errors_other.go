// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !windows

package poll

// common makes err match the error numbers that all systems share: here it does.
func common(err error) error { return err }
