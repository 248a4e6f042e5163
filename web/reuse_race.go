// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build race

package web

// raceDetector tells whether the program looks for mistakes.
const raceDetector = true
