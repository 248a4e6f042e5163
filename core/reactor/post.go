// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import "sync"

// A mailbox is the queue of calls from other goroutines.
type mailbox struct {
	mu     sync.Mutex
	queue  []func() // guarded by mu
	asleep bool     // guarded by mu: the loop waits in its poller and has to be woken
	ended  bool     // guarded by mu: nothing is taken any more
	spare  []func() // the loop's: the queue's other array
}

// CallFromThread calls f on this loop, after what was posted before; see [protocol.Loop]. What is posted in a pass runs in the next one. The queue has no
// bound: a goroutine that posts faster than the loop runs has to wait for answers. Twisted: callFromThread. Safe from any goroutine.
func (l *Loop) CallFromThread(f func()) { l.post(f) }

// post reports whether f was taken.
func (l *Loop) post(f func()) bool {
	m := &l.mail
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return false
	}
	m.queue = append(m.queue, f)
	if m.asleep {
		m.asleep = false
		l.poller.Wake() // under the lock, so that the poller is still there
	}
	return true
}

// wake ends the loop's sleep. Safe from any goroutine.
func (l *Loop) wake() { l.CallFromThread(func() {}) }

// runPosted runs what is queued now.
func (l *Loop) runPosted() {
	m := &l.mail
	m.mu.Lock()
	queue := m.queue
	m.queue = m.spare[:0]
	m.mu.Unlock()
	for i, f := range queue {
		queue[i] = nil
		l.run(f, nil)
	}
	if len(queue) > 0 {
		l.busy = true
	}
	m.spare = queue[:0]
	if cap(queue) > 4096 { // a burst is over: give its memory back
		m.spare = nil
	}
}

// empty reports whether nothing is queued.
func (m *mailbox) empty() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.queue) == 0
}

// sleep declares that the loop is about to wait, unless something is queued.
func (m *mailbox) sleep() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asleep = len(m.queue) == 0
	return m.asleep
}

// woke declares that it waits no more.
func (m *mailbox) woke() {
	m.mu.Lock()
	m.asleep = false
	m.mu.Unlock()
}

// end drops what is queued, now and from now on.
func (m *mailbox) end() {
	m.mu.Lock()
	m.ended, m.queue = true, nil
	m.mu.Unlock()
}
