// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package finger is the home of the last steps of the finger tutorial, core/docs/tutorial.md: each folder is a program, which has a little more than the one before.
// The first steps are in core/examples/finger.
package finger
