// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

// Parse exports parse.
func Parse(b []byte) (n int, err error) {
	events, err := parse(b)
	return len(events), err
}

// Handle exports handle for the kernel's overflow event.
func (n *INotify) Handle(m Mask) { n.handle(rawEvent{id: -1, mask: m}) }
