// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package resolver

import (
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// System asks the operating system, or whatever Resolver asks, on another goroutine: the reactor's pool where the loop is deferred.Threads. It keeps the order in which
// the addresses come. The zero System is ready to use; its fields are immutable after start. Twisted: GAIResolver, ThreadedResolver.
type System struct {
	// Resolver does the work; nil means net.DefaultResolver.
	Resolver *net.Resolver
	// Timeout bounds one lookup; 0 means 60 seconds.
	Timeout time.Duration
}

var (
	_ NameResolver = (*System)(nil)
	_ Simple       = (*System)(nil)
)

// ResolveHostName looks q.Name up. Cancelling the resolution ends the lookup.
func (s *System) ResolveHostName(loop protocol.Loop, q Query, r Receiver) Resolution {
	if a, ok := literal(q, r); ok {
		return a
	}
	timeout := s.Timeout
	if timeout <= 0 {
		timeout = total(nil)
	}
	return s.lookup(loop, q, r, timeout)
}

// HostByName looks name up. All attempts together may take the sum of timeouts.
func (s *System) HostByName(loop protocol.Loop, name string, timeouts ...time.Duration) *deferred.Deferred[netip.Addr] {
	return firstIPv4(loop, name, func(q Query, r Receiver) { s.lookup(loop, q, r, total(timeouts)) })
}

func (s *System) lookup(loop protocol.Loop, q Query, r Receiver, timeout time.Duration) Resolution {
	resolver := s.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	// The timeout is real time, not the loop's: what it bounds is outside of the loop.
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	a := begin(q, r, cancel)
	if a.over { // cancelled by Began
		return a
	}
	inThread(loop, func() {
		defer cancel()
		ips, err := resolver.LookupNetIP(ctx, q.Family.network(), q.Name)
		loop.CallFromThread(func() { a.deliver(ips, err) })
	})
	return a
}

func inThread(loop protocol.Loop, f func()) {
	if t, ok := loop.(deferred.Threads); ok {
		t.CallInThread(f)
		return
	}
	// The lookup owns this goroutine, which its context ends.
	go f()
}
