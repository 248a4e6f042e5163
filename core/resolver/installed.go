// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package resolver

import (
	"net/netip"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// Installed holds the resolvers that a reactor uses, one of each kind. Installing one kind installs its adapter as the other. The zero Installed uses a [System]. It
// must not be copied. Safe from any goroutine. Twisted: IReactorPluggableNameResolver, IReactorPluggableResolver.
type Installed struct {
	mu     sync.Mutex
	name   NameResolver // nil is the system's
	simple Simple
}

var system = &System{}

// Name returns the NameResolver in use.
func (i *Installed) Name() NameResolver {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.nameLocked()
}

func (i *Installed) nameLocked() NameResolver {
	if i.name == nil {
		return system
	}
	return i.name
}

// Simple returns the Simple resolver in use.
func (i *Installed) Simple() Simple {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.simpleLocked()
}

func (i *Installed) simpleLocked() Simple {
	if i.simple == nil {
		return system
	}
	return i.simple
}

// InstallName makes n the NameResolver, and its adapter the Simple resolver, and returns the NameResolver that was in use. nil stands for the system's. Twisted:
// installNameResolver.
func (i *Installed) InstallName(n NameResolver) (previous NameResolver) {
	i.mu.Lock()
	defer i.mu.Unlock()
	previous = i.nameLocked()
	i.name, i.simple = n, nil
	if s, ok := n.(Simple); ok {
		i.simple = s
	} else if n != nil {
		i.simple = ToSimple(n)
	}
	return previous
}

// InstallSimple makes s the Simple resolver, and its adapter the NameResolver, and returns the Simple resolver that was in use. nil stands for the system's.
// Twisted: installResolver.
func (i *Installed) InstallSimple(s Simple) (previous Simple) {
	i.mu.Lock()
	defer i.mu.Unlock()
	previous = i.simpleLocked()
	i.name, i.simple = nil, s
	if n, ok := s.(NameResolver); ok {
		i.name = n
	} else if s != nil {
		i.name = FromSimple(s)
	}
	return previous
}

// Resolve returns one IPv4 address of name, from the Simple resolver in use: "" is 0.0.0.0 and a literal, IPv6 ones included, is itself. timeouts are those of
// [Simple]. Loop only. Twisted: reactor.resolve.
func (i *Installed) Resolve(loop protocol.Loop, name string, timeouts ...time.Duration) *deferred.Deferred[netip.Addr] {
	if name == "" {
		return deferred.SucceedOn(loop, netip.IPv4Unspecified())
	}
	if ip, err := netip.ParseAddr(name); err == nil {
		return deferred.SucceedOn(loop, ip)
	}
	return i.Simple().HostByName(loop, name, timeouts...)
}
