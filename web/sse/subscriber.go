// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse

import (
	"github.com/torsion-go/torsion/web"
)

// batch is how many events are taken from the history at a time.
const batch = 64

// subscribe adds a client.
func (h *Hub) subscribe(r *web.Request) {
	c := &subscriber{}
	g, status := h.admit(r, c)
	switch status {
	case 204:
		r.SetStatus(204)
		return
	case 503:
		h.stats.refused.Add(1)
		r.ResponseHeader().Set("Retry-After", "30")
		r.Error(503, "There are too many clients.")
		return
	}
	s, err := Open(r, h.config.Stream)
	if err != nil { // to HEAD, or the client is gone
		h.release(g)
		return
	}
	c.Stream = s
	s.resume = func() { h.pump(c) }
	g.clients[c] = true
	r.NotifyEnd(func(error) {
		if g.clients[c] {
			delete(g.clients, c)
			h.release(g)
		}
	})
	h.mu.Lock()
	closed := h.closed // since it was admitted
	h.mu.Unlock()
	if closed {
		c.Close()
		return
	}
	h.pump(c)
}

// admit counts the client of r in and finds its place in the history. A status other than 0 is the answer to one that is not let in.
func (h *Hub) admit(r *web.Request, c *subscriber) (g *group, status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return nil, 204
	case h.clients >= h.config.Clients:
		return nil, 503
	}
	if g = h.groups[r.Loop()]; g == nil {
		g = &group{hub: h, loop: r.Loop(), clients: make(map[*subscriber]bool)}
		h.groups[g.loop] = g
	}
	g.count++
	h.clients++
	c.next = h.first + uint64(len(h.history))
	if id := lastEventID(r); id != "" {
		i := len(h.history) - 1
		for i >= 0 && h.history[i].id != id {
			i--
		}
		had := h.first + uint64(i+1)
		c.next = max(had, c.next-min(c.next, uint64(h.config.Backlog)))
		if i < 0 || c.next > had {
			h.stats.missed.Add(1)
		}
	}
	return g, 0
}

func (h *Hub) release(g *group) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clients--
	if g.count--; g.count == 0 {
		delete(h.groups, g.loop)
	}
}

// pump sends c what it has not had, as far as it reads. Loop only.
func (h *Hub) pump(c *subscriber) {
	if c.pumping {
		return // what is new will be seen by the one further up in the stack
	}
	c.pumping = true
	defer func() { c.pumping = false }()
	var room [batch]entry
	for !c.ended {
		entries, late := h.after(c, room[:0])
		if late {
			h.stats.disconnected.Add(1)
			c.r.Abort()
			return
		}
		if c.paused || len(entries) == 0 {
			return
		}
		for _, e := range entries {
			if c.paused || c.ended {
				break
			}
			c.next++
			h.stats.sent.Add(1)
			c.active = true
			c.r.Write(e.text)
		}
		c.r.Flush()
	}
}

// after appends the next events for c to list. late tells that it is to be cut off.
func (h *Hub) after(c *subscriber, list []entry) (_ []entry, late bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	end := h.first + uint64(len(h.history))
	oldest := max(h.first, end-min(end, uint64(h.config.Backlog)))
	if c.next < oldest {
		if h.config.Slow == Disconnect {
			return nil, true
		}
		h.stats.dropped.Add(int64(oldest - c.next))
		c.next = oldest
	}
	from := h.history[min(c.next-h.first, uint64(len(h.history))):]
	return append(list, from[:min(len(from), batch)]...), false
}
