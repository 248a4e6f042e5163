// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import "github.com/torsion-go/torsion/core/protocoltest"

// A Clock is a protocol.Loop whose time the test moves; see [protocoltest.Clock].
type Clock = protocoltest.Clock

// NewClock returns a Clock whose loop is the caller's goroutine.
func NewClock() *Clock { return protocoltest.NewClock() }
