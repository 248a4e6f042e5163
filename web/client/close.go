// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"

	"github.com/torsion-go/torsion/core/deferred"
)

// Close closes the connections that wait for a request, on all loops, ends the requests that wait for a connection, lets those under way finish, and refuses new ones with ErrClosed.
// The Deferred fires when the last connection is gone, but for those that were upgraded; cancelling it cuts off those that are left. Twisted: closeCachedConnections.
func (a *Agent) Close() *deferred.Deferred[struct{}] {
	s := a.all
	s.closed.Store(true)
	s.mu.Lock()
	all := make([]*Agent, 0, len(s.of))
	for _, b := range s.of {
		all = append(all, b)
	}
	s.mu.Unlock()
	left := 1
	d := deferred.NewCancellable(a.loop, func(*deferred.Deferred[struct{}]) {
		left = -1
		for _, b := range all {
			b.run(b.group.Abort)
		}
	})
	gone := func() {
		if left--; left == 0 {
			d.Callback(struct{}{})
		}
	}
	for _, b := range all {
		if ended(b.loop) { // nothing is left on it
			continue
		}
		left++
		b.run(func() {
			for _, p := range b.pools {
				p.Close()
			}
			b.group.WhenEmpty(func() { a.run(gone) })
		})
	}
	gone()
	return d
}

// ErrClosed is the end of a request after Close.
var ErrClosed = errors.New("the Agent is closed")

// run calls f on the loop of a: now, if that is where it is called.
func (a *Agent) run(f func()) {
	if a.loop.OnLoop() {
		f()
	} else {
		a.loop.CallFromThread(f)
	}
}
