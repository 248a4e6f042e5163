// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse

import (
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/fanout"
)

// A subscriber is a client of a Hub. Loop only.
type subscriber struct {
	*Stream
	hub *Hub
}

// subscribe adds a client.
func (h *Hub) subscribe(r *web.Request) {
	last := lastEventID(r)
	m, err := h.log.Admit(r.Loop(), func(first uint64, at func(int) entry, n int) uint64 { return h.seek(last, first, at, n) })
	switch err {
	case nil:
	case fanout.ErrFull:
		r.ResponseHeader().Set("Retry-After", "30")
		r.Error(503, "There are too many clients.")
		return
	default: // the Hub is closed
		r.SetStatus(204)
		return
	}
	s, err := Open(r, h.config.Stream)
	if err != nil { // to HEAD, or the client is gone
		m.Leave()
		return
	}
	s.resume = m.Pump
	r.NotifyEnd(func(error) { m.Leave() })
	if m.Start(&subscriber{s, h}) != nil { // the Hub was closed meanwhile
		s.Close()
	}
}

// seek returns the number of the event that a client begins with that has had the one with the id last.
func (h *Hub) seek(last string, first uint64, at func(int) entry, n int) uint64 {
	end := first + uint64(n)
	if last == "" {
		return end
	}
	i := n - 1
	for i >= 0 && at(i).id != last {
		i--
	}
	next := first + uint64(i+1)
	if i < 0 || next < end-min(end, uint64(h.config.Backlog)) { // where the log begins with it
		h.missed.Add(1)
	}
	return next
}

// Take sends what the client reads.
func (c *subscriber) Take(list []entry) int {
	n := 0
	for n < len(list) && !c.paused && !c.ended {
		c.hub.sent.Add(1)
		c.active = true
		c.r.Write(list[n].text)
		n++
	}
	if n > 0 {
		c.r.Flush()
	}
	return n
}

// Late cuts a client off that is too slow.
func (c *subscriber) Late() { c.r.Abort() }

var _ fanout.Client[entry] = (*subscriber)(nil)
