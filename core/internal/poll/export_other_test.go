// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd

package poll

// Ready returns 0: package net does not tell what is ready.
func Ready(Poller) (int, error) { return 0, nil }
