// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package echo is an example: a server that sends back what comes in, and its test.
package echo

import "github.com/torsion-go/torsion/core/protocol"

// Echo sends back what it receives.
type Echo struct{ protocol.Base }

// DataReceived sends p back.
func (Echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }
