// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"slices"
	"sync"
	"sync/atomic"
)

// A Socket is an open socket on its way from a process to its successor.
type Socket struct {
	// Network is "tcp", "unix", "udp" or "unixgram", or "fd" for a socket that was adopted.
	Network string
	// Address is what the port was asked to listen on, such as "127.0.0.1:0" or a path; of an adopted socket it is the number of the descriptor.
	Address string
	// Port is the same for the sockets of one port, of which there are several with AcceptPerLoop.
	Port uint64
	// FD is the descriptor, closed on exec.
	FD int
}

// Inherited holds sockets that a predecessor of this process left to it. ListenTCP, ListenUNIX, ListenUDP, ListenMulticast and ListenUNIXDatagram take the first one that was opened with
// the same network and address, literally, instead of opening one; of several with the same address, such as port 0, in the order in which the predecessor had
// opened them. Stream ports do not accept before Ready, and no port removes a UNIX socket's file before it: until then the predecessor serves. nil is the empty set. Safe
// from any goroutine.
type Inherited struct {
	ready atomic.Bool

	mu    sync.Mutex
	left  []Socket // guarded by mu; in the order in which they are taken
	ports []*Port  // guarded by mu; to be told of Ready
}

// NewInherited returns the set of these sockets, whose descriptors belong to it from now on. Adopted ones (Network "fd") are left out: they are adopted again by
// their number.
func NewInherited(sockets []Socket) *Inherited {
	i := new(Inherited)
	for _, s := range sockets {
		if s.Network != "fd" {
			i.left = append(i.left, s)
		}
	}
	return i
}

// take returns the descriptors of one port, which are the caller's then; none when there is no such port.
func (i *Inherited) take(network, address string) (fds []int) {
	if i == nil {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	at := slices.IndexFunc(i.left, func(s Socket) bool { return s.Network == network && s.Address == address })
	if at < 0 {
		return nil
	}
	port := i.left[at].Port
	i.left = slices.DeleteFunc(i.left, func(s Socket) bool {
		mine := s.Network == network && s.Port == port
		if mine {
			fds = append(fds, s.FD)
		}
		return mine
	})
	return fds
}

// pending reports whether the predecessor still serves.
func (i *Inherited) pending() bool { return i != nil && !i.ready.Load() }

// await has the port told, in a later pass, when the predecessor does not serve any more.
func (i *Inherited) await(p *Port) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ready.Load() {
		p.loop.CallFromThread(p.succeeded)
		return
	}
	i.ports = append(i.ports, p)
}

// Ready ends the time in which the predecessor serves: ports begin to accept, and files are theirs. What nobody has taken is closed, and returned for the log.
func (i *Inherited) Ready() (unused []Socket) {
	if i == nil {
		return nil
	}
	i.mu.Lock()
	unused, i.left = i.left, nil
	ports := i.ports
	i.ports = nil
	i.ready.Store(true)
	i.mu.Unlock()
	for _, s := range unused {
		closeDescriptor(s.FD)
	}
	for _, p := range ports {
		p.loop.CallFromThread(p.succeeded)
	}
	return unused
}
