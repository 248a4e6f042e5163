// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package echo_test is an example: a server that sends back what comes in, and its test.
package echo_test

import "github.com/torsion-go/torsion/core/protocol"

// echo sends back what it receives.
type echo struct{ protocol.Base }

// DataReceived sends p back.
func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }
