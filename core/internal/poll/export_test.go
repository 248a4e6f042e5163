// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

// Queued returns how many outcomes wait for Poll.
func Queued(p Poller) int {
	w, ok := p.(*portable)
	if !ok {
		return 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue)
}
