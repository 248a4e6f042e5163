// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Twist runs a Torsion server in the foreground.
//
//	twist web --listen tcp:8080 --path .
//
// "twist --help" lists what it can run, "twist help web" the options of one of them, "twist help endpoints" what --listen takes.
package main

import "github.com/torsion-go/torsion/tools/internal/twist"

func main() {
	twist.Execute()
}
