// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package spread will be Torsion's module for Perspective Broker: Banana, Jelly and Perspective Broker, speaking with Twisted programs on the wire.
//
// It holds nothing yet.
package spread
