// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package secure

import (
	"net/netip"
	"time"
)

// clients remembers a time for each of a bounded number of addresses. An entry that nothing was put in for a life may be forgotten: it is kept in the younger of two maps, which
// becomes the older one after a life, and is dropped after two. So nothing is ever swept.
type clients struct {
	limit          int
	life           time.Duration
	begun          time.Time // of the younger map
	younger, older map[netip.Addr]time.Time
}

func (c *clients) len() int { return len(c.younger) + len(c.older) }

// fits reports whether there is room for an address more.
func (c *clients) fits() bool { return c.len() < c.limit }

// get returns what was put in last.
func (c *clients) get(now time.Time, addr netip.Addr) (t time.Time, ok bool) {
	if age := now.Sub(c.begun); age >= c.life {
		c.older, c.younger = c.younger, make(map[netip.Addr]time.Time)
		if age >= 2*c.life {
			c.older = nil
		}
		c.begun = now
	}
	if t, ok = c.younger[addr]; !ok {
		t, ok = c.older[addr]
	}
	return t, ok
}

func (c *clients) put(addr netip.Addr, t time.Time) {
	delete(c.older, addr)
	c.younger[addr] = t
}
