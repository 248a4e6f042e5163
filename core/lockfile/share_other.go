// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !windows

package lockfile

import "os"

// busy reports whether err says that another process is at the file just now: here none hinders another.
func busy(error) bool { return false }

func readFile(name string) (string, error) {
	b, err := os.ReadFile(name)
	return string(b), err
}
