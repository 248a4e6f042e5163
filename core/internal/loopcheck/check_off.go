// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !race && !torsion_debug

package loopcheck

import "github.com/torsion-go/torsion/core/protocol"

// Enabled tells whether this build checks.
const Enabled = false

// A Guard checks the calls on something that belongs to one loop. The zero Guard allows every call.
type Guard struct{}

// New returns the Guard of what belongs to loop; loop may be nil.
func New(protocol.Loop) Guard { return Guard{} }

// Check panics if the caller isn't on the loop. op names the call, as in "reactor: Port.StopListening".
func (Guard) Check(string) {}

// Check is Guard.Check for those that keep the loop themselves. loop may be nil.
func Check(protocol.Loop, string) {}
