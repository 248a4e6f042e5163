// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package resolver

import (
	"net/netip"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// FromSimple makes a NameResolver out of a Simple one: it finds at most one address, and none when IPv6 is asked for. Twisted: SimpleResolverComplexifier.
func FromSimple(s Simple) NameResolver {
	if t, ok := s.(toSimple); ok {
		return t.n
	}
	return fromSimple{s}
}

type fromSimple struct{ s Simple }

func (f fromSimple) ResolveHostName(loop protocol.Loop, q Query, r Receiver) Resolution {
	if a, ok := literal(q, r); ok {
		return a
	}
	var d *deferred.Deferred[netip.Addr]
	a := begin(q, r, func() {
		if d != nil {
			d.Cancel()
		}
	})
	if a.over {
		return a
	}
	if q.Family == IPv6 {
		a.deliver(nil, nil)
		return a
	}
	d = f.s.HostByName(loop, q.Name)
	d.Done(func(ip netip.Addr, err error) {
		if err != nil {
			a.deliver(nil, err)
			return
		}
		a.deliver([]netip.Addr{ip}, nil)
	})
	return a
}

// ToSimple makes a Simple resolver out of a NameResolver: it finds the first IPv4 address, within the sum of the timeouts by the loop's clock. Twisted:
// ComplexResolverSimplifier.
func ToSimple(n NameResolver) Simple {
	if f, ok := n.(fromSimple); ok {
		return f.s
	}
	return toSimple{n}
}

type toSimple struct{ n NameResolver }

func (t toSimple) HostByName(loop protocol.Loop, name string, timeouts ...time.Duration) *deferred.Deferred[netip.Addr] {
	d := firstIPv4(loop, name, func(q Query, r Receiver) { t.n.ResolveHostName(loop, q, r) })
	if d.Called() {
		return d
	}
	d.AddTimeout(total(timeouts), loop)
	return deferred.ThenBoth(d, func(ip netip.Addr, err error) (netip.Addr, error) {
		if e, late := err.(*deferred.TimeoutError); late {
			err = LookupError(name, e)
		}
		return ip, err
	})
}

// firstIPv4 asks for the IPv4 addresses of name and takes the first.
func firstIPv4(loop protocol.Loop, name string, ask func(Query, Receiver)) *deferred.Deferred[netip.Addr] {
	f := &first{name: name}
	f.d = deferred.NewCancellable(loop, func(*deferred.Deferred[netip.Addr]) {
		if f.resolution != nil {
			f.resolution.Cancel()
		}
	})
	q := Query{Name: name, Family: IPv4}
	if _, ok := literal(q, f); !ok {
		ask(q, f)
	}
	return f.d
}

type first struct {
	name       string
	d          *deferred.Deferred[netip.Addr]
	resolution Resolution
	err        error
}

func (f *first) Began(r Resolution)         { f.resolution = r }
func (f *first) ResolutionFailed(err error) { f.err = err }

func (f *first) Resolved(a protocol.Addr) {
	f.resolution.Cancel()
	f.d.Callback(a.AddrPort().Addr())
}

func (f *first) Complete() { f.d.Errback(LookupError(f.name, f.err)) }
