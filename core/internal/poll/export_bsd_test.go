// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poll

// Ready returns how many descriptors the system reports as ready right now, wanted or not.
func Ready(p Poller) (int, error) {
	if r, ok := p.(*readiness); ok {
		return r.sel.wait(0)
	}
	return 0, nil // package net does not tell
}

// SetSize is setSize.
const SetSize = setSize
