// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

// Ready returns how many descriptors the system reports as ready right now, wanted or not.
func Ready(p Poller) (int, error) {
	if r, ok := p.(*readiness); ok {
		return r.sel.wait(0)
	}
	return 0, nil
}
