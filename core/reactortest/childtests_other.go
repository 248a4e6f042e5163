// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package reactortest

func testSignal(g *rig) { g.Skip("a process cannot send signals to another here") }

func testOutOfDescriptors(g *rig) { g.Skip("the number of descriptors has no limit to lower here") }
