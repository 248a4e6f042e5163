// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"fmt"

	"github.com/torsion-go/torsion/core/protocol"
)

// ListenString parses a server description and listens at once: the one-liner for programs that set up their ports before the reactor runs. An endpoint
// of another maker that cannot listen at once is refused; use ServerFromString and Listen for it. Loop only, or before Run. Twisted: strports.listen.
func ListenString(r Reactor, description string, f protocol.Factory) (Port, error) {
	s, err := ServerFromString(r, description)
	if err != nil {
		return nil, err
	}
	var port Port
	fired := false
	d := s.Listen(f)
	d.Done(func(p Port, e error) { port, err, fired = p, e, true })
	if !fired {
		d.Cancel()
		return nil, fmt.Errorf("endpoint: %q does not listen at once: use ServerFromString", description)
	}
	return port, err
}
