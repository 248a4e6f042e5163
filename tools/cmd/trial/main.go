// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Trial runs the tests of Go packages.
//
//	trial ./...
//
// "trial --help" lists its options, with examples.
package main

import "github.com/torsion-go/torsion/tools/internal/trial"

func main() { trial.Execute() }
