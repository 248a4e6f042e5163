// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// DefaultSweep is the default of Filter.Sweep.
const DefaultSweep = 1200 * time.Second

// A Filter finds the bucket of a connection: one for all, one for each peer, or one for each port, whose parent is the bucket that the filter above finds.
// Filters of several levels make a hierarchy. The zero Filter sets no limit. It must not be copied; its fields are immutable after start; its methods are safe
// from any goroutine. Twisted: HierarchicalBucketFilter, FilterByHost, FilterByServer.
type Filter struct {
	// Rate and Burst are those of each bucket.
	Rate, Burst int64
	// Key tells which connections share a bucket; nil means all of them. See ByHost and ByServer.
	Key func(local, remote net.Addr) any
	// Parent is the filter above, or nil.
	Parent *Filter
	// Sweep is how often buckets are looked for that nobody uses and that have nothing to remember; that is also done whenever their number has doubled. 0
	// means DefaultSweep.
	Sweep time.Duration

	mu      sync.Mutex
	swept   time.Time       // guarded by mu
	most    int             // guarded by mu: how many buckets there may be until the next sweep
	buckets map[any]*Bucket // guarded by mu
}

// ByHost is the Key of filters with a bucket for each peer: an IPv4 address, or an IPv6 network of 64 bits, as one customer has. Peers without an IP address
// share one. Twisted: FilterByHost.
func ByHost(_, remote net.Addr) any { return peerOf(remote) }

// ByServer is the Key of filters with a bucket for each port that listens. Twisted: FilterByServer.
func ByServer(local, _ net.Addr) any { return protocol.FromNetAddr(local).Port() }

// peerOf returns the network that counts as one peer; it is invalid when there is no IP address.
func peerOf(remote net.Addr) netip.Prefix {
	ip := protocol.FromNetAddr(remote).AddrPort().Addr()
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.WithZone("").Prefix(bits)
	return p
}

// Acquire returns the bucket of a connection, nil for a nil Filter. Release gives it back when the connection has ended. Locks are held from child to parent.
func (f *Filter) Acquire(now time.Time, local, remote net.Addr) *Bucket {
	if f == nil {
		return nil
	}
	var key any
	if f.Key != nil {
		key = f.Key(local, remote)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sweep(now)
	b := f.buckets[key]
	if b == nil {
		b = &Bucket{Rate: f.Rate, Burst: f.Burst, Parent: f.Parent.Acquire(now, local, remote)}
		if f.buckets == nil {
			f.buckets = map[any]*Bucket{}
		}
		f.buckets[key] = b
	}
	b.users++
	return b
}

// Release gives a bucket back that Acquire returned.
func (f *Filter) Release(b *Bucket) {
	if f == nil || b == nil {
		return
	}
	f.mu.Lock()
	b.users--
	f.mu.Unlock()
}

// sweep forgets buckets that nobody uses.
func (f *Filter) sweep(now time.Time) {
	every := f.Sweep
	if every <= 0 {
		every = DefaultSweep
	}
	if f.swept.IsZero() {
		f.swept, f.most = now, fewBuckets
	}
	if now.Sub(f.swept) < every && len(f.buckets) < f.most {
		return
	}
	f.swept = now
	for key, b := range f.buckets {
		if b.users == 0 && b.full(now) {
			delete(f.buckets, key)
			f.Parent.Release(b.Parent)
		}
	}
	f.most = max(fewBuckets, 2*len(f.buckets))
}

// fewBuckets is below how many a sweep is not worth while.
const fewBuckets = 1024

// unmapped returns a network of IPv4 addresses that is written as one of IPv6 as what it is.
func unmapped(p netip.Prefix) netip.Prefix {
	if ip := p.Addr(); ip.Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(ip.Unmap(), p.Bits()-96)
	}
	return p
}

// Len returns how many buckets there are. Safe from any goroutine.
func (f *Filter) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.buckets)
}
