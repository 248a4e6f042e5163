// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package trial is the command of that name: the options of package runner and of the reporters on a command line.
package trial
