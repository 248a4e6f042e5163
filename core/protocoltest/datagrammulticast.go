// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/torsion-go/torsion/core/protocol"
)

var (
	errTooLong      = errors.New("protocoltest: longer than MaxSize")
	errNotConnected = errors.New("protocoltest: Write on a datagram port that is not connected")
	errNotGroup     = errors.New("protocoltest: not a multicast address")
	errNotMember    = errors.New("protocoltest: not a member")
)

// Groups returns the memberships, in the order in which they were joined.
func (t *FakeDatagramTransport) Groups() []Membership { return slices.Clone(t.groups) }

// JoinGroup adds a membership.
func (t *FakeDatagramTransport) JoinGroup(group netip.Addr, iface string) error {
	if !group.IsMulticast() {
		return &protocol.MulticastJoinError{Group: group.String(), Err: errNotGroup}
	}
	t.groups = append(t.groups, Membership{group, iface})
	return nil
}

// LeaveGroup ends a membership.
func (t *FakeDatagramTransport) LeaveGroup(group netip.Addr, iface string) error {
	i := slices.Index(t.groups, Membership{group, iface})
	if i < 0 {
		return &protocol.MulticastJoinError{Group: group.String(), Err: errNotMember}
	}
	t.groups = slices.Delete(t.groups, i, i+1)
	return nil
}

// SetTTL sets what TTL returns, 0 to 255.
func (t *FakeDatagramTransport) SetTTL(n int) error {
	if n < 0 || n > 255 {
		return fmt.Errorf("protocoltest: TTL %d is not in 0 to 255", n)
	}
	t.ttl = n
	return nil
}

// TTL returns the number of hops.
func (t *FakeDatagramTransport) TTL() (int, error) { return t.ttl, nil }

// SetLoopbackMode sets what LoopbackMode returns.
func (t *FakeDatagramTransport) SetLoopbackMode(on bool) error { t.noLoop = !on; return nil }

// LoopbackMode reports whether this machine's receivers get what is sent.
func (t *FakeDatagramTransport) LoopbackMode() (bool, error) { return !t.noLoop, nil }

// SetOutgoingInterface sets what OutgoingInterface returns.
func (t *FakeDatagramTransport) SetOutgoingInterface(iface string) error {
	t.outgoing = iface
	return nil
}

// OutgoingInterface returns the interface for multicast datagrams, "" for the system's choice.
func (t *FakeDatagramTransport) OutgoingInterface() string { return t.outgoing }
