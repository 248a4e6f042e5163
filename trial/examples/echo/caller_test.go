// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package echo_test

import (
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A caller says something and takes as many bytes of an answer.
type caller struct {
	protocol.Base
	say, got string
	answer   *deferred.Deferred[string]
}

func newCaller(say string) *caller {
	return &caller{say: say, answer: deferred.New[string](nil)}
}

// ConnectionMade says it.
func (c *caller) ConnectionMade(t protocol.Transport) { t.Write([]byte(c.say)) }

// DataReceived takes the answer.
func (c *caller) DataReceived(t protocol.Transport, p []byte) {
	if c.got += string(p); len(c.got) == len(c.say) {
		t.LoseConnection()
		_ = c.answer.Callback(c.got)
	}
}
