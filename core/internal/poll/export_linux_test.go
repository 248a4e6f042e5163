// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import "github.com/torsion-go/torsion/core/internal/uring"

// Ready returns how many descriptors the system reports as ready right now, wanted or not.
func Ready(p Poller) (int, error) {
	switch p := p.(type) {
	case *readiness:
		return p.sel.wait(0)
	case *rings:
		if _, err := p.wait(0); err != nil {
			return 0, err
		}
		n := 0
		for _, c := range p.pending {
			if c.UserData>>60 > opWake {
				n++
			}
		}
		return n, nil
	}
	return 0, nil
}

// OpenRings opens an io_uring poller with queues of those sizes.
func OpenRings(entries, completions int, p uring.Pool) (Poller, error) {
	return openRings(ringConfig{entries, completions, p})
}

// RefuseRings makes io_uring not work, until undo is called.
func RefuseRings(err error) (undo func()) {
	old := probeRings
	probeRings = func() error { return err }
	return func() { probeRings = old }
}

// SetSize is setSize.
const SetSize = setSize
