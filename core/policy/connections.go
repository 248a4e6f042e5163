// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"net"
	"sync"

	"github.com/torsion-go/torsion/core/protocol"
)

// Connections is the set of the live connections of all factories that it wraps: to count them, to tell them all something, to close them. The zero value is
// ready to use; it must not be copied. Safe from any goroutine. Twisted: WrappingFactory.protocols.
type Connections struct {
	mu  sync.Mutex
	set map[*member]protocol.Transport // guarded by mu
}

// Wrap is a [Middleware].
func (s *Connections) Wrap(f protocol.Factory) protocol.Factory { return &memberFactory{f, s} }

// Len returns how many connections there are.
func (s *Connections) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.set)
}

// Each calls f soon for each connection that there is now, on its own loop, and not for those that are gone by then.
func (s *Connections) Each(f func(t protocol.Transport)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for m, t := range s.set {
		t.Loop().CallFromThread(func() {
			if !m.gone {
				f(t)
			}
		})
	}
}

type memberFactory struct {
	inner protocol.Factory
	s     *Connections
}

func (f *memberFactory) Unwrap() protocol.Factory { return f.inner }

func (f *memberFactory) BuildProtocol(peer net.Addr) (protocol.Protocol, error) {
	p, err := f.inner.BuildProtocol(peer)
	if p == nil || err != nil {
		return nil, err
	}
	m := &member{s: f.s}
	return m.conn.around(p, m), nil
}

// A member is a connection of a Connections.
type member struct {
	conn
	NoHook
	s    *Connections
	gone bool // loop only
}

func (m *member) Made(t protocol.Transport) error {
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	if m.s.set == nil {
		m.s.set = map[*member]protocol.Transport{}
	}
	m.s.set[m] = t
	return nil
}

func (m *member) Lost(protocol.Transport, error) {
	m.gone = true
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	delete(m.s.set, m)
}
