// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Doer sends requests: an [Agent], or something around one that follows redirects, keeps cookies, decodes. Twisted: IAgent.
type Doer interface {
	// Do sends r. The Deferred fires when the head of the response is there, whatever its status; its body waits until it is asked for. It fails with an *[Error]. Cancelling it ends
	// the request wherever it stands. Loop only.
	Do(r *Request) *deferred.Deferred[*Response]
	// Loop returns the loop on which Do is called. Safe from any goroutine.
	Loop() protocol.Loop
}
