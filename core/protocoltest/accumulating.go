// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"bytes"
	"sync"

	"github.com/torsion-go/torsion/core/protocol"
)

// An Accumulating protocol keeps what it receives and remembers what happened to it. The zero value is ready to use; the hooks are nil or are called on
// the loop after the event was noted. Twisted: AccumulatingProtocol, EventLoggingObserver.
//
// Its own methods are safe from any goroutine, so that a test of a real reactor can look at it from outside.
type Accumulating struct {
	OnMade func(t protocol.Transport)
	OnData func(t protocol.Transport, p []byte)
	OnLost func(t protocol.Transport, reason error)

	mu      sync.Mutex
	t       protocol.Transport
	data    []byte
	events  []string
	reason  error
	waiters []waiter
}

type waiter struct {
	cond func() bool
	done chan struct{}
}

// ConnectionMade notes "made".
func (a *Accumulating) ConnectionMade(t protocol.Transport) {
	a.mu.Lock()
	a.t = t
	a.note("made")
	a.mu.Unlock()
	if a.OnMade != nil {
		a.OnMade(t)
	}
}

// DataReceived keeps p. A run of calls is noted as one "data".
func (a *Accumulating) DataReceived(t protocol.Transport, p []byte) {
	a.mu.Lock()
	a.data = append(a.data, p...)
	if n := len(a.events); n == 0 || a.events[n-1] != "data" {
		a.note("data")
	} else {
		a.wake()
	}
	a.mu.Unlock()
	if a.OnData != nil {
		a.OnData(t, p)
	}
}

// ConnectionLost notes "lost" and keeps reason.
func (a *Accumulating) ConnectionLost(t protocol.Transport, reason error) {
	a.mu.Lock()
	a.reason = reason
	a.note("lost")
	a.mu.Unlock()
	if a.OnLost != nil {
		a.OnLost(t, reason)
	}
}

// Note adds an event of the test's own to Events.
func (a *Accumulating) Note(event string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.note(event)
}

// Transport returns the transport, nil before ConnectionMade.
func (a *Accumulating) Transport() protocol.Transport {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.t
}

// Data returns a copy of what was received.
func (a *Accumulating) Data() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return bytes.Clone(a.data)
}

// Len returns how many bytes were received.
func (a *Accumulating) Len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.data)
}

// Events returns what happened, in order: "made", "data", "lost", and what Note added.
func (a *Accumulating) Events() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.events...)
}

// Reason returns the reason of ConnectionLost, nil before it.
func (a *Accumulating) Reason() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.reason
}

// When returns a channel that is closed when n bytes have been received.
func (a *Accumulating) When(n int) <-chan struct{} {
	return a.when(func() bool { return len(a.data) >= n })
}

// WhenMade returns a channel that is closed when the connection is made.
func (a *Accumulating) WhenMade() <-chan struct{} {
	return a.when(func() bool { return a.t != nil })
}

// WhenLost returns a channel that is closed when the connection is lost.
func (a *Accumulating) WhenLost() <-chan struct{} {
	return a.when(func() bool { return a.reason != nil })
}

// WhenNoted returns a channel that is closed when event is among Events.
func (a *Accumulating) WhenNoted(event string) <-chan struct{} {
	return a.when(func() bool {
		for _, e := range a.events {
			if e == event {
				return true
			}
		}
		return false
	})
}

// when is given a condition that is called with mu held.
func (a *Accumulating) when(cond func() bool) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := waiter{cond, make(chan struct{})}
	a.waiters = append(a.waiters, w)
	a.wake()
	return w.done
}

func (a *Accumulating) note(event string) {
	a.events = append(a.events, event)
	a.wake()
}

func (a *Accumulating) wake() {
	keep := a.waiters[:0]
	for _, w := range a.waiters {
		if w.cond() {
			close(w.done)
		} else {
			keep = append(keep, w)
		}
	}
	a.waiters = keep
}
