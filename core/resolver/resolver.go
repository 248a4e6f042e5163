// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package resolver

import (
	"net/netip"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Family selects addresses by their kind.
type Family uint8

// The families. The zero Family is Any.
const (
	Any Family = iota
	IPv4
	IPv6
)

// String returns "any", "IPv4" or "IPv6".
func (f Family) String() string {
	switch f {
	case IPv4:
		return "IPv4"
	case IPv6:
		return "IPv6"
	}
	return "any"
}

// Has reports whether a belongs to the family. An IPv4 address in IPv6 form is an IPv4 address.
func (f Family) Has(a netip.Addr) bool {
	switch f {
	case IPv4:
		return a.Unmap().Is4()
	case IPv6:
		return a.Is6() && !a.Is4In6()
	}
	return a.IsValid()
}

// network returns the name by which package net knows the family.
func (f Family) network() string {
	switch f {
	case IPv4:
		return "ip4"
	case IPv6:
		return "ip6"
	}
	return "ip"
}

// A Query is what a NameResolver is asked.
type Query struct {
	// Name is a host name, or an IP literal.
	Name string
	// Port is the port of the addresses that are reported.
	Port uint16
	// Family limits the addresses; the zero value is Any.
	Family Family
	// Datagram makes the addresses UDP addresses; the zero value gives TCP addresses.
	Datagram bool
}

// addr returns ip as an answer to q.
func (q Query) addr(ip netip.Addr) protocol.Addr {
	ap := netip.AddrPortFrom(ip.Unmap(), q.Port)
	if q.Datagram {
		return protocol.UDPAddr(ap)
	}
	return protocol.TCPAddr(ap)
}

// A NameResolver finds the addresses of a host name. Twisted: IHostnameResolver.
//
// The rules:
//
//   - The receiver is called on loop: Began first, then Resolved for each address in the order of preference, then Complete. All of that may happen before
//     ResolveHostName returns.
//   - Resolution.Cancel ends the calls: none follows it, Complete neither.
//   - A name that is not known has no addresses; that is no error.
type NameResolver interface {
	ResolveHostName(loop protocol.Loop, q Query, r Receiver) Resolution
}

// NameResolverFunc makes a NameResolver of a function.
type NameResolverFunc func(loop protocol.Loop, q Query, r Receiver) Resolution

// ResolveHostName calls f.
func (f NameResolverFunc) ResolveHostName(loop protocol.Loop, q Query, r Receiver) Resolution {
	return f(loop, q, r)
}

// A Receiver takes the addresses of a name as they come. Its methods are called on the loop. Twisted: IResolutionReceiver.
type Receiver interface {
	Began(Resolution)
	Resolved(protocol.Addr)
	Complete()
}

// A FailureReceiver is a Receiver that is told why a lookup went wrong, once, before Complete.
type FailureReceiver interface {
	ResolutionFailed(err error)
}

// A Resolution is a lookup under way. Twisted: IHostResolution.
type Resolution interface {
	// Name returns the name that was asked for.
	Name() string
	// Cancel gives the lookup up: the receiver is not called again. It may be called more than once, and from inside the receiver's methods. Loop only.
	Cancel()
}

// A Simple resolver finds one IPv4 address. Twisted: IResolverSimple.
type Simple interface {
	// HostByName looks name up. The attempts may take as long as timeouts says, one after another; none given means [Timeouts]. An error is a
	// *protocol.ConnectError of class protocol.ErrDNSLookup. Cancelling the Deferred gives the lookup up.
	HostByName(loop protocol.Loop, name string, timeouts ...time.Duration) *deferred.Deferred[netip.Addr]
}

// Timeouts returns the times that the attempts of a lookup may take if nobody says otherwise: 1, 3, 11 and 45 seconds, 60 in all.
func Timeouts() []time.Duration {
	return []time.Duration{time.Second, 3 * time.Second, 11 * time.Second, 45 * time.Second}
}

// total returns the sum of timeouts, or that of the default.
func total(timeouts []time.Duration) time.Duration {
	if len(timeouts) == 0 {
		timeouts = Timeouts()
	}
	var sum time.Duration
	for _, t := range timeouts {
		sum += t
	}
	return sum
}

// LookupError returns the error of a name that has no address for the given reason, which may be nil.
func LookupError(name string, cause error) error {
	return &protocol.ConnectError{Class: protocol.ErrDNSLookup, Addr: name, Err: cause}
}

// Addrs collects every address of a name, for callers that don't want them one by one. No address at all is a [LookupError]. Cancelling the Deferred cancels
// the lookup. Loop only.
func Addrs(loop protocol.Loop, n NameResolver, q Query) *deferred.Deferred[[]protocol.Addr] {
	c := &collector{name: q.Name}
	c.d = deferred.NewCancellable(loop, func(*deferred.Deferred[[]protocol.Addr]) { c.cancel() })
	n.ResolveHostName(loop, q, c)
	return c.d
}

type collector struct {
	name       string
	d          *deferred.Deferred[[]protocol.Addr]
	resolution Resolution
	addrs      []protocol.Addr
	err        error
}

func (c *collector) Began(r Resolution)         { c.resolution = r }
func (c *collector) Resolved(a protocol.Addr)   { c.addrs = append(c.addrs, a) }
func (c *collector) ResolutionFailed(err error) { c.err = err }

func (c *collector) cancel() {
	if c.resolution != nil {
		c.resolution.Cancel()
	}
}

func (c *collector) Complete() {
	if len(c.addrs) == 0 {
		c.d.Errback(LookupError(c.name, c.err))
		return
	}
	c.d.Callback(c.addrs)
}

// An answer is a Resolution whose outcome is known at once or reported by deliver.
type answer struct {
	q    Query
	r    Receiver
	stop func() // ends the work behind it; nil for none
	over bool
}

func begin(q Query, r Receiver, stop func()) *answer {
	a := &answer{q: q, r: r, stop: stop}
	r.Began(a)
	return a
}

// Name returns the name that was asked for.
func (a *answer) Name() string { return a.q.Name }

// Cancel ends the calls of the receiver.
func (a *answer) Cancel() {
	if a.over {
		return
	}
	a.over = true
	if a.stop != nil {
		a.stop()
	}
}

// deliver reports the addresses of the family asked for, the error, and the end.
func (a *answer) deliver(ips []netip.Addr, err error) {
	for _, ip := range ips {
		if a.over {
			return
		}
		if a.q.Family.Has(ip) {
			a.r.Resolved(a.q.addr(ip))
		}
	}
	if f, ok := a.r.(FailureReceiver); ok && err != nil && !a.over {
		f.ResolutionFailed(err)
	}
	if !a.over {
		a.over = true
		a.r.Complete()
	}
}

// literal answers a query for an IP literal, and reports whether it was one.
func literal(q Query, r Receiver) (Resolution, bool) {
	ip, err := netip.ParseAddr(q.Name)
	if err != nil {
		return nil, false
	}
	a := begin(q, r, nil)
	a.deliver([]netip.Addr{ip}, nil)
	return a, true
}
