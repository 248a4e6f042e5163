// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// A Link tells how the network of a Memory treats what is sent. The zero Link delivers everything at once.
type Link struct {
	// Latency is how long everything is on its way: datagrams, the bytes and the end of a connection; a new connection is known to the server after it, and to
	// the reactor as a client after twice that. It passes by the clock of the Memory: Advance delivers. 0 means none.
	Latency time.Duration
	// Jitter is how much longer a datagram may take, at random, so that datagrams overtake each other. Connections keep the order of their bytes. 0 means not to.
	Jitter time.Duration
	// Loss is which part of the datagrams gets lost, at random: 0.1 is a tenth. 0 means none.
	Loss float64
	// Seed is that of the random numbers: the same seed, the same fate for the same datagrams. 0 is a seed too.
	Seed uint64
}

// SetLink changes the network for what is sent from now on.
func (m *Memory) SetLink(l Link) {
	m.net.link = l
	m.net.random = rand.New(rand.NewPCG(l.Seed, 0))
}

// A flight is something on its way.
type flight struct {
	at     time.Time
	seq    uint64
	arrive func()
}

// slow reports whether things take time.
func (n *network) slow() bool { return n.link.Latency > 0 || len(n.flights) > 0 }

// send has arrive called when d has passed, after what was sent before to arrive at the same time.
func (n *network) send(d time.Duration, arrive func()) { n.sendAt(n.now().Add(d), arrive) }

func (n *network) sendAt(at time.Time, arrive func()) {
	n.sent++
	f := flight{at, n.sent, arrive}
	i, _ := slices.BinarySearchFunc(n.flights, f, func(a, b flight) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.seq, b.seq))
	})
	n.flights = slices.Insert(n.flights, i, f)
}

// to has arrive called when what was sent to an end of a connection before has arrived, and the latency has passed.
func (n *network) to(e *end, arrive func()) {
	if n.link.Latency <= 0 && e.flights == 0 {
		arrive()
		return
	}
	e.flights++
	at := n.now().Add(max(n.link.Latency, 0))
	if at.Before(e.last) {
		at = e.last
	}
	e.last = at
	n.sendAt(at, func() {
		e.flights--
		arrive()
	})
}

// deliver lets arrive what is due.
func (n *network) deliver() {
	for len(n.flights) > 0 && !n.flights[0].at.After(n.now()) {
		f := n.flights[0]
		n.flights = slices.Delete(n.flights, 0, 1)
		n.events++
		f.arrive()
	}
}

// next returns when the next thing arrives.
func (n *network) next() (at time.Time, ok bool) {
	if len(n.flights) == 0 {
		return at, false
	}
	return n.flights[0].at, true
}

// lost decides on a datagram, and delay on how long it takes.
func (n *network) lost() bool { return n.link.Loss > 0 && n.random.Float64() < n.link.Loss }

func (n *network) delay() time.Duration {
	d := max(n.link.Latency, 0)
	if n.link.Jitter > 0 {
		d += time.Duration(n.random.Int64N(int64(n.link.Jitter) + 1))
	}
	return d
}
