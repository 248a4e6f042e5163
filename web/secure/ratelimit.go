// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package secure

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/web"
)

// The defaults of RateLimitConfig.
const (
	DefaultRequests = 600
	DefaultPer      = time.Minute
	DefaultBurst    = 100
	DefaultClients  = 100000
)

// RateLimitConfig holds the options of [NewRateLimit]. Its zero value means the defaults that the fields name.
type RateLimitConfig struct {
	// Requests may be sent by each client in the time Per, on the average; 0 means DefaultRequests and DefaultPer: 10 a second.
	Requests int
	Per      time.Duration
	// Burst is how many may come at once after a rest; 0 means DefaultBurst.
	Burst int
	// Clients bounds how many clients are remembered, of about 100 bytes each; 0 means DefaultClients. Those that do not fit share one allowance.
	Clients int
	// Exempt are the networks of clients without a limit; nil means nobody.
	Exempt []netip.Prefix
	// Logger is told of refusals, one line in a second at most; nil means slog.Default.
	Logger *slog.Logger
}

// A RateLimit is a Leaf that answers a client's requests beyond a rate with 429 and Retry-After. A client is what Request.ClientAddr says, behind trusted proxies too (web.Config.Proxies): an IPv4 address, or an
// IPv6 network of 64 bits, as one customer has. Those without an address share one allowance. All loops count together, and all resources behind one RateLimit. What is refused does not count.
type RateLimit struct {
	next   web.Resource
	config RateLimitConfig
	each   time.Duration // of the allowance that one request takes
	room   time.Duration // the whole allowance
	log    reporter

	allowed, refused, shared atomic.Int64

	mu     sync.Mutex
	table  clients
	common time.Time // guarded by mu: the allowance of those who do not fit
}

// RateStats counts what a RateLimit has done since it was made.
type RateStats struct {
	Allowed int64 // requests
	Refused int64 // requests, with 429
	Shared  int64 // requests that drew from the common allowance, since Clients were remembered
	Clients int   // that are remembered now
}

// NewRateLimit returns a RateLimit around next. It panics on negative numbers.
func NewRateLimit(next web.Resource, c RateLimitConfig) *RateLimit {
	c.Requests, c.Per, c.Burst = cmp.Or(c.Requests, DefaultRequests), cmp.Or(c.Per, DefaultPer), cmp.Or(c.Burst, DefaultBurst)
	c.Clients = cmp.Or(c.Clients, DefaultClients)
	if c.Requests < 0 || c.Per < 0 || c.Burst < 0 || c.Clients < 0 {
		panic("secure: NewRateLimit: a negative limit")
	}
	c.Exempt = slices.Clone(c.Exempt)
	l := &RateLimit{next: next, config: c, each: max(c.Per/time.Duration(c.Requests), 1), log: reporter{log: c.Logger}}
	l.room = l.each * time.Duration(c.Burst)
	l.table = clients{limit: c.Clients, life: l.room}
	return l
}

// IsLeaf returns true.
func (l *RateLimit) IsLeaf() bool { return true }

// Stats returns the counters. Safe from any goroutine.
func (l *RateLimit) Stats() RateStats {
	l.mu.Lock()
	n := l.table.len()
	l.mu.Unlock()
	return RateStats{Allowed: l.allowed.Load(), Refused: l.refused.Load(), Shared: l.shared.Load(), Clients: n}
}

// Render has the resource answer, or refuses. Loop only.
func (l *RateLimit) Render(r *web.Request) {
	addr := r.ClientAddr()
	if addr.IsValid() && slices.ContainsFunc(l.config.Exempt, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		web.Dispatch(l.next, r)
		return
	}
	wait := l.take(r.Loop().Now(), client(addr))
	if wait <= 0 {
		l.allowed.Add(1)
		web.Dispatch(l.next, r)
		return
	}
	l.refused.Add(1)
	l.log.report(r, "secure: too many requests", "client", addr.String())
	seconds := int64((wait + time.Second - 1) / time.Second)
	r.ResponseHeader().Set("Retry-After", strconv.FormatInt(seconds, 10))
	r.Error(429, fmt.Sprintf("Try again in %d s.", seconds))
}

// client returns what the clients at addr are told apart by.
func client(addr netip.Addr) netip.Addr {
	if addr.Is6() && !addr.Is4In6() {
		p, _ := addr.WithZone("").Prefix(64) // which cannot fail
		return p.Addr()
	}
	return addr
}

// take takes one request off the allowance, or returns how long it takes until there is room for one.
//
// An allowance is kept as the time at which it will be whole again (GCRA): a token bucket in one number. With one request in a second and a burst of three,
// the first request at 0 s makes it 1 s, the next two 2 s and 3 s, and the fourth would make it 4 s, further than three seconds ahead: it waits until 1 s.
func (l *RateLimit) take(now time.Time, addr netip.Addr) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	whole, known := l.table.get(now, addr)
	fits := known || l.table.fits()
	if !fits {
		l.shared.Add(1)
		whole = l.common
	}
	if whole.Before(now) {
		whole = now
	}
	whole = whole.Add(l.each)
	if wait := whole.Sub(now) - l.room; wait > 0 {
		return wait
	}
	if fits {
		l.table.put(addr, whole)
	} else {
		l.common = whole
	}
	return 0
}

var _ web.Leaf = (*RateLimit)(nil)
