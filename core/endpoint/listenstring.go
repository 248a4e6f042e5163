// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"fmt"

	"github.com/torsion-go/torsion/core/protocol"
)

// ListenString parses a server description with the built-in types and listens at once: the one-liner for programs that set up their ports before the reactor
// runs. A port that cannot open at once, such as one that needs more loops of a reactor which runs elsewhere, is refused, and closed if it opens later; use
// ServerFromString and Listen for it. Loop only, or before Run. Twisted: strports.listen.
func ListenString(r Reactor, description string, f protocol.Factory) (Port, error) {
	return NewRegistry().ListenString(r, description, f)
}

// ListenString is the function of that name for the types of this registry. Loop only, or before Run.
func (g *Registry) ListenString(r Reactor, description string, f protocol.Factory) (Port, error) {
	s, err := g.ServerFromString(r, description)
	if err != nil {
		return nil, err
	}
	var port Port
	fired, refused := false, false
	s.Listen(f).Done(func(p Port, e error) {
		port, err, fired = p, e, true
		if refused && e == nil {
			stopLate(r, description, p)
		}
	})
	if !fired {
		refused = true // cancelling could make a port that opens nevertheless get lost
		return nil, fmt.Errorf("endpoint: %q does not listen at once: use ServerFromString", description)
	}
	return port, err
}

// stopLate closes a port that nobody waits for any more.
func stopLate(r Reactor, description string, p Port) {
	p.StopListening().Done(func(_ struct{}, err error) {
		if err != nil {
			loggerOf(nil, r).Warn("endpoint: cannot stop a port that opened too late", "endpoint", description, "error", err)
		}
	})
}
