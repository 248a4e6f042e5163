// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// Limits bound what the connections of a factory may use. The zero Limits set no bound; each field bounds one thing.
type Limits struct {
	// MaxConnections bounds the connections in all. 0 means no bound but the port's and the reactor's own. Twisted: LimitTotalConnectionsFactory.
	MaxConnections int
	// MaxPerPeer bounds the connections of one peer: an IPv4 address, or an IPv6 network of 64 bits. 0 means no bound. Twisted: LimitConnectionsByPeer.
	MaxPerPeer int
	// AcceptRate bounds the new connections in a second; those beyond are refused, where reactor.ListenOptions.AcceptRate lets them wait. 0 means no bound.
	AcceptRate int
	// Exempt are networks whose peers are not subject to MaxPerPeer, AcceptRate and Rates.Peer.
	Exempt []netip.Prefix
	// Overflow makes the protocols of connections beyond the bounds above, which say so and close. nil means that those are closed at once. Such a
	// connection has OverflowTime to end, and there are at most MaxOverflow at a time; further ones are closed at once.
	Overflow protocol.Factory
	// MaxOverflow bounds the connections that Overflow serves. 0 means DefaultMaxOverflow.
	MaxOverflow int
	// OverflowTime is how long Overflow may serve a connection. 0 means DefaultOverflowTime.
	OverflowTime time.Duration

	// Idle ends a connection on which nothing was read or written for that long. 0 means never. Twisted: TimeoutFactory.
	Idle time.Duration
	// Login ends a connection that did not call [LoggedIn] in that time. 0 means never.
	Login time.Duration
	// Lifetime ends a connection that is that old. 0 means never.
	Lifetime time.Duration

	// Read bounds what is read, Write what is written. Twisted: ThrottlingFactory, htb.ShapedProtocolFactory.
	Read, Write Rates

	// Logger hears of connections that a limit refused or ended, at most ten times a second. nil means slog.Default().
	Logger *slog.Logger
}

// Rates bound bytes in a second, by token buckets. Nothing is dropped: who is beyond the rate is held up. A reader is paused. A writer's producer is paused, and
// its reading too, so that a protocol that answers without a producer is held up as well. What is read or written at once is never cut into pieces, so that the
// rate holds on the average; a new connection begins by waiting for the debt that others left in the buckets it shares.
type Rates struct {
	// Connection, Peer and Total are bytes a second of one connection, of all those of one peer, and of all. 0 means no limit.
	Connection, Peer, Total int64
	// Burst is how many bytes may pass at once after a rest. 0 means those of one second.
	Burst int64
	// Filter finds a bucket above those of Total, to share a rate with other factories. nil means none.
	Filter *Filter
}

// Defaults of [Limits].
const (
	DefaultMaxOverflow  = 100
	DefaultOverflowTime = 10 * time.Second
)

// The causes of what a limit does. A connection that a limit on time ends has closeTime, 5 seconds, to send what is queued; the reason of its loss is of
// class protocol.ErrConnectionTimeout and matches one of the last three.
var (
	ErrTooMany     = errors.New("policy: too many connections")
	ErrTooManyPeer = errors.New("policy: too many connections of one peer")
	ErrTooFast     = errors.New("policy: too many new connections in a second")
	ErrIdle        = errors.New("policy: nothing read or written for too long")
	ErrLogin       = errors.New("policy: no login in time")
	ErrLifetime    = errors.New("policy: the connection is too old")
)

// check returns what is wrong with the limits.
func (l *Limits) check() error {
	for name, n := range map[string]int64{
		"MaxConnections": int64(l.MaxConnections), "MaxPerPeer": int64(l.MaxPerPeer), "AcceptRate": int64(l.AcceptRate), "MaxOverflow": int64(l.MaxOverflow),
		"OverflowTime": int64(l.OverflowTime), "Idle": int64(l.Idle), "Login": int64(l.Login), "Lifetime": int64(l.Lifetime),
		"Read.Connection": l.Read.Connection, "Read.Peer": l.Read.Peer, "Read.Total": l.Read.Total, "Read.Burst": l.Read.Burst,
		"Write.Connection": l.Write.Connection, "Write.Peer": l.Write.Peer, "Write.Total": l.Write.Total, "Write.Burst": l.Write.Burst,
	} {
		if n < 0 {
			return fmt.Errorf("policy: Limits.%s is negative: %d", name, n)
		}
	}
	return nil
}

// filter returns the filter that finds the bucket of a connection's peer, or nil.
func (r Rates) filter() *Filter {
	f := r.Filter
	if r.Total > 0 {
		f = &Filter{Rate: r.Total, Burst: r.Burst, Parent: f}
	}
	return f
}
