// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build torsion_debug

package deferred

const debugBuild = true
