// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package a has tests.
package a

import "github.com/torsion-go/torsion/core/deferred"

type port struct{}

func (port) StopListening() *deferred.Deferred[int] { return nil }

func connect() *deferred.Deferred[string] { return nil }

func program(p port) {
	p.StopListening() // a program may
}
