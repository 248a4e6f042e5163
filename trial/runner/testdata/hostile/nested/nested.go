// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package nested has a hint.
// trial: test=./inner,../order.TestA
package nested
