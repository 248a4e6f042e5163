// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package profile writes the CPU profile of a process that is measured.
package profile

import (
	"os"
	"runtime/pprof"
)

// Start begins a CPU profile, which stop writes to the file. With the name "" neither does anything.
func Start(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close() // a profile that is not whole is seen when it is read
	}, nil
}
