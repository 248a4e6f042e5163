// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !linux

// Bench measures echo servers side by side. It runs on Linux only: its load generator is an epoll loop.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: error: it runs on Linux only")
	os.Exit(1)
}
