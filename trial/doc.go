// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package trial will be Torsion's module for asynchronous tests: asynchronous tests, reporters and the trial runner over go test -json.
//
// It holds nothing yet.
package trial
