// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"runtime/debug"

	"github.com/torsion-go/torsion/core/protocol"
)

// protect calls f, which calls the handler. A panic ends the connection with 1011.
func (c *Conn) protect(f func()) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		e := &protocol.PanicError{Value: v, Stack: debug.Stack()}
		c.set.stats.panics.Add(1)
		c.set.Logger.Error("websocket: panic in a handler", protocol.LogAttrs(c.t, "panic", v, "stack", string(e.Stack))...)
		c.fail(&CloseError{Code: InternalError, Err: e}, "")
	}()
	f()
}
