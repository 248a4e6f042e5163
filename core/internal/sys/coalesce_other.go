// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !linux

package sys

// NoCoalescing does nothing: datagrams are delivered one by one here.
func NoCoalescing(int) {}
