// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"time"

	"github.com/torsion-go/torsion/web"
)

// A Balance tells which of several upstreams gets a request.
type Balance uint8

const (
	RoundRobin       Balance = iota // each in turn
	LeastConnections                // the one with the fewest requests under way
	HashClient                      // the same one for the same client's address (Request.ClientAddr), as long as it is well
)

// String returns the name of the method.
func (b Balance) String() string {
	switch b {
	case RoundRobin:
		return "round robin"
	case LeastConnections:
		return "least connections"
	case HashClient:
		return "hash of the client"
	}
	return "unknown"
}

// choose returns the number of the upstream for r. tried is a set of those that had their turn; they come last. When none is well, all are asked: a wrong verdict must not end the service.
func (p *Reverse) choose(r *web.Request, tried uint64, now time.Time) int {
	if len(p.backends) == 1 {
		return 0
	}
	for _, wanted := range [...]func(i int) bool{
		func(i int) bool { return tried>>i&1 == 0 && p.backends[i].well(now) },
		func(i int) bool { return tried>>i&1 == 0 },
	} {
		if i := p.best(r, wanted); i >= 0 {
			return i
		}
	}
	return p.best(r, func(int) bool { return true })
}

// best returns the best one that is wanted, -1 if there is none.
func (p *Reverse) best(r *web.Request, wanted func(i int) bool) int {
	n := len(p.backends)
	start, client := 0, uint64(0)
	if p.cfg.Balance == HashClient {
		client = hashOf(r.ClientAddr().String())
	} else {
		start = int(p.turn.Add(1) % uint64(n))
	}
	best, score := -1, uint64(0)
	for k := range n {
		i := (start + k) % n
		if !wanted(i) {
			continue
		}
		s := uint64(0)
		switch p.cfg.Balance {
		case RoundRobin:
			return i
		case LeastConnections:
			s = ^uint64(max(p.backends[i].active.Load(), 0))
		case HashClient: // the highest of the scores: when one goes, only its clients move
			s = (client ^ p.backends[i].hash) * 0x9fb21c651e98df25
			s ^= s >> 29
		}
		if best < 0 || s > score {
			best, score = i, s
		}
	}
	return best
}
