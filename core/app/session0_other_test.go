// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package app

func session0() int { return 0 }
