// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// An Ender is a Service that can come to an end by itself. Ended is asked for once it is started, and fires when it has ended: with an error if it failed, without
// one if its work is done or Stop was called. Each call returns another Deferred. Stop is still called after it. Erlang: the exit signal.
type Ender interface {
	Service
	Ended() *deferred.Deferred[struct{}]
}

// A Checker is a Service that can tell whether it is in order. An error asks for somebody to look, or for a restart. Loop only; it doesn't wait.
type Checker interface {
	Service
	Health() error
}

// A Readier is a Service that may run without being of use yet, as a client without a connection. An error asks for patience: new work should go elsewhere
// meanwhile. Loop only; it doesn't wait.
type Readier interface {
	Service
	Ready() error
}

// A Reporter is a Service that has parts of its own to tell about: a Multi or a Supervisor. Loop only; it doesn't wait.
type Reporter interface {
	Service
	Status() Status
}

// An ending keeps how a service ended, for those who ask by Ended.
type ending struct {
	over    bool
	err     error
	waiting waiters
}

func (e *ending) ended(loop protocol.Loop) *deferred.Deferred[struct{}] {
	switch {
	case !e.over:
		return e.waiting.add(loop)
	case e.err != nil:
		return deferred.FailOn[struct{}](loop, e.err)
	}
	return deferred.SucceedOn(loop, struct{}{})
}

// begin is called when the service is started.
func (e *ending) begin() { e.over, e.err = false, nil }

// end is called when it has ended; the first call counts.
func (e *ending) end(err error) {
	if !e.over {
		e.over, e.err = true, err
		e.waiting.fire(err)
	}
}
