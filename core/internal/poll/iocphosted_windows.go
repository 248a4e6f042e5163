// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"sync"
	"time"
)

// A hosting is what a poller has for the goroutine that waits in its stead. That one takes completions from the port and only keeps them: the loop's goroutine finds
// them in its next Poll, or when it has to await one of them.
type hosting struct {
	on      bool              // the loop's: there has been no Poll since Prepare
	entries []overlappedEntry // the waiter's

	mu       sync.Mutex
	taken    []overlappedEntry // guarded by mu
	awaiting bool              // guarded by mu: the loop's goroutine waits for the port too
}

func (p *iocp) Prepare(timeout time.Duration) time.Duration {
	if p.gone {
		return 0
	}
	if p.host.on = true; p.host.entries == nil {
		p.host.entries = make([]overlappedEntry, maxEntries)
	}
	if timeout = p.limit(timeout); timeout == 0 {
		p.waker.wake() // to nobody, for a Wait that comes all the same
		return 0
	}
	if !p.waker.sleep() {
		return 0
	}
	return timeout
}

func (p *iocp) Wait(timeout time.Duration) error {
	h := &p.host
	if p.waker.woken() {
		return nil
	}
	n, err := p.wait(h.entries, timeout)
	h.mu.Lock()
	h.taken = append(h.taken, h.entries[:n]...)
	awaiting := h.awaiting
	h.mu.Unlock()
	if awaiting {
		p.interrupt() // what it waits for may be among them
	}
	return err
}

// nudge ends a Wait because there is something to do.
func (h *hosting) nudge(p *iocp) {
	if h.on {
		p.Wake()
	}
}

// end takes what the waiter has kept, before a Poll.
func (h *hosting) end(p *iocp) {
	if h.on {
		h.take(p, false)
		h.on = false
	}
}

// take takes what the waiter has kept; awaiting tells whether the caller is going to wait for the port next to it.
func (h *hosting) take(p *iocp, awaiting bool) {
	if !h.on {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.awaiting = awaiting
	for _, e := range h.taken {
		p.land(e)
	}
	clear(h.taken)
	h.taken = h.taken[:0]
}

// awaited ends what take began. The waiter may have been deprived of what it waits for.
func (h *hosting) awaited(p *iocp) {
	if h.on {
		h.take(p, false)
		p.interrupt()
	}
}
