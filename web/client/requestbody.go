// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Body produces the body of a request. Twisted: IBodyProducer.
type Body interface {
	// Length returns the number of bytes, or -1 if it is not known. A body that gives more or less than it says fails its request.
	Length() int64
	// Start has the body written to c, which it may register itself with as a producer, and which has a method Loop() protocol.Loop. The Deferred fires when all was written; cancelling it means that nothing more is wanted.
	// Loop only.
	Start(c protocol.Consumer) *deferred.Deferred[struct{}]
}

// A Discarder is a Body that wants to know when it will not be started, to close what it would have read, say.
type Discarder interface {
	Body
	// Discard is called in place of Start, maybe more than once. Loop only.
	Discard()
}

// discard tells a body that it is not sent.
func discard(b Body) {
	if d, ok := b.(Discarder); ok {
		d.Discard()
	}
}

// A Rewinder is a Body that can be sent again: after a redirect with 307 or 308, or when a request is retried.
type Rewinder interface {
	Body
	// Rewind returns a Body that begins at the beginning. Loop only.
	Rewind() (Body, error)
}
