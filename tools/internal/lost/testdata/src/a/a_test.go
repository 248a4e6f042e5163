// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package a

import (
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/trial"
)

func handled(error) (string, error) { return "", nil }

func TestPlain(t *testing.T) {
	var p port
	p.StopListening()             // want `the Deferred of StopListening is dropped`
	connect()                     // want `the Deferred of connect is dropped`
	(connect())                   // want `the Deferred of connect is dropped`
	connect().AddErrback(handled) // want `the Deferred of AddErrback is dropped`
	deferred.New[int]()           // want `the Deferred of New is dropped`
	_ = connect()                 // it is meant
	d := connect()                // it is used
	d.AddErrback(handled).AddErrback(handled)
	d.Callback("")
	t.Run("", func(t *testing.T) {
		if t != nil {
			connect() // want `the Deferred of connect is dropped`
		}
	})
	func() { connect() }() // a callback may be called by anybody
	defer connect()
}

func helper(tc *trial.Case) {
	connect() // want `the Deferred of connect is dropped`
	trial.Must(tc, connect())
}

func noTest() { connect() }
