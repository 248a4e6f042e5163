// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fanout

import (
	"math"

	"github.com/torsion-go/torsion/core/protocol"
)

const (
	// turn is how many members are served in one turn of the loop. What they were sent leaves before the next ones are served, so that buffers come back to be used again, and other connections have their turn.
	turn = 128

	everybody = math.MaxInt
)

// A group is the clients of one loop.
type group[E any] struct {
	log    *Log[E]
	loop   protocol.Loop
	posted bool   // proceed is on its way; guarded by Log.mu
	count  int    // of members that were admitted; guarded by Log.mu
	next   func() // proceed

	// The rest is loop only.

	members Member[E] // the head of the ring of those that were started, in the order of seen
	room    []E       // for the next batch; nil while it is in use
}

func newGroup[E any](l *Log[E], loop protocol.Loop) *group[E] {
	g := &group[E]{log: l, loop: loop}
	g.next = g.proceed
	g.members.before, g.members.behind = &g.members, &g.members
	return g
}

// post has the loop proceed. The caller holds Log.mu.
func (g *group[E]) post() {
	if !g.posted {
		g.posted = true
		g.loop.CallFromThread(g.next)
	}
}

// begin serves the first members, unless others are being served.
func (g *group[E]) begin() {
	g.log.mu.Lock()
	posted := g.posted
	g.log.mu.Unlock()
	if !posted {
		g.deliver(turn)
	}
}

// proceed serves the next members.
func (g *group[E]) proceed() {
	g.log.mu.Lock()
	g.posted = false
	n := turn
	if g.lags() {
		n = everybody
	}
	g.log.mu.Unlock()
	g.deliver(n)
}

// deliver serves at most n members, those that have waited for longest first, and posts itself if there are more.
func (g *group[E]) deliver(n int) {
	end := g.log.end.Load() // publishers who do not stop do not keep the loop
	for ; n > 0 && g.waits(end); n-- {
		g.members.behind.serve()
	}
	if g.waits(g.log.end.Load()) {
		g.log.mu.Lock()
		g.post()
		g.log.mu.Unlock()
	}
}

// waits reports whether a member was not offered everything before end.
func (g *group[E]) waits(end uint64) bool {
	m := g.members.behind
	return m != &g.members && m.seen < end
}

// pressed reports whether members would miss entries only because it was not their turn: with the next entry, or as soon as the log is trimmed. The caller holds Log.mu.
func (g *group[E]) pressed() bool {
	l, end := g.log, g.log.end.Load()
	if !g.waits(end) {
		return false
	}
	seen := g.members.behind.seen
	return end-seen >= uint64(l.config.Backlog) || seen < l.first+uint64(l.excess())
}

// lags reports whether publishers are half the backlog ahead of a member whose turn has not come, so that turns are a luxury. The caller holds Log.mu.
func (g *group[E]) lags() bool {
	l, end := g.log, g.log.end.Load()
	if !g.waits(end) {
		return false
	}
	seen := max(g.members.behind.seen, l.first)
	if seen+1 >= end {
		return false
	}
	bytes := 0
	for _, e := range l.entries[min(seen-l.first, uint64(len(l.entries))):] {
		bytes += e.size
	}
	return end-seen >= uint64(l.config.Backlog+1)/2 || bytes >= l.config.Bytes/2
}
