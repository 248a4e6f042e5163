// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !linux

package sdnotify

import "time"

var start = time.Now()

// monotonic returns the time since the program started: there is no manager here that compares it with a clock of the system.
func monotonic() (int64, error) { return time.Since(start).Microseconds() + 1, nil }
