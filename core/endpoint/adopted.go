// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"fmt"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// AdoptedServer listens on a socket that this process inherited, or opened itself, and that listens already. It can be listened on once; the second time fails with
// protocol.ErrAlreadyListened. Listen takes the descriptor over: the number is closed. It must not be copied; its fields are immutable after start.
// Twisted: AdoptedStreamServerEndpoint.
//
// As strings: fd:NUMBER, and systemd:DOMAIN:INDEX with name=NAME in place of the index; the domain (INET, INET6 or UNIX) may be left out where index or name is
// given as a keyword.
type AdoptedServer struct {
	Reactor Reactor
	// FD is the descriptor.
	FD int
	// Network is what the socket must be: "tcp4", "tcp6" or "unix"; "" means any of them. One of the two IP networks in place of the other is only warned about:
	// a supervisor opens an IPv6 socket for both unless it is told otherwise.
	Network string
	// Inherited, where not nil, sees to it that the descriptor is taken once, whatever number of endpoints names it.
	Inherited *ListenFDs

	used atomic.Bool
}

var _ Server = (*AdoptedServer)(nil)

// Listen adopts the descriptor.
func (s *AdoptedServer) Listen(f protocol.Factory) *deferred.Deferred[Port] {
	where := fmt.Sprintf("descriptor %d", s.FD)
	if s.used.Swap(true) {
		return deferred.FailOn[Port](s.Reactor, protocol.ErrAlreadyListened)
	}
	if s.Inherited != nil {
		if err := s.Inherited.take(s.FD); err != nil {
			return deferred.FailOn[Port](s.Reactor, err)
		}
	}
	p, err := s.Reactor.AdoptStreamPort(s.FD, f, reactor.ListenOptions{})
	if err != nil {
		return deferred.FailOn[Port](s.Reactor, err)
	}
	closeFD(s.FD)
	got := networkOf(p.Addr())
	switch {
	case s.Network == "" || got == s.Network:
	case got != "unix" && s.Network != "unix":
		loggerOf(nil, s.Reactor).Warn("endpoint: the inherited socket is of the other IP version", "addr", p.Addr().String(), "socket", got, "described", s.Network)
	default:
		return deferred.ThenBoth(p.StopListening(), func(struct{}, error) (Port, error) {
			return nil, &protocol.CannotListenError{Addr: where, Err: fmt.Errorf("the socket is %s, not %s", got, s.Network)}
		})
	}
	return deferred.SucceedOn[Port](s.Reactor, p)
}

func networkOf(a protocol.Addr) string {
	switch {
	case a.Network() != "tcp":
		return a.Network()
	case a.AddrPort().Addr().Is4():
		return "tcp4"
	}
	return "tcp6"
}

func parseFD(r Reactor, a *Args) (Server, error) {
	a.Order("fd")
	a.Require("fd")
	s := &AdoptedServer{Reactor: r, FD: a.Int("fd", -1)}
	if s.FD < 0 {
		a.Fail("fd", fmt.Sprintf("no descriptor: %d", s.FD), nil)
	}
	return s, a.Err()
}

func parseSystemd(r Reactor, a *Args) (Server, error) {
	a.Order("domain", "index")
	domain := a.Text("domain", "")
	index := a.Int("index", 0)
	name := a.Text("name", "")
	s := &AdoptedServer{Reactor: r, Inherited: a.reg.Inherited}
	switch domain {
	case "INET":
		s.Network = "tcp4"
	case "INET6":
		s.Network = "tcp6"
	case "UNIX":
		s.Network = "unix"
	default:
		if a.Has("domain") {
			a.Fail("domain", fmt.Sprintf("neither INET, INET6 nor UNIX: %q", domain), nil)
		}
	}
	if s.Inherited == nil {
		s.Inherited = ProcessListenFDs()
	}
	ok := false
	switch {
	case a.Has("index") && a.Has("name"):
		a.Fail("name", "both index and name are given", nil)
	case a.Has("index"):
		if s.FD, ok = s.Inherited.index(index); !ok {
			a.Fail("index", fmt.Sprintf("out of range: %d of %d descriptors", index, len(s.Inherited.names)), nil)
		}
	case a.Has("name"):
		if s.FD, ok = s.Inherited.named(name); !ok {
			a.Fail("name", fmt.Sprintf("no descriptor is named %q", name), nil)
		}
	default:
		a.Fail("index", "neither index nor name is given", nil)
	}
	return s, a.Err()
}
