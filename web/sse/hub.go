// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse

import (
	"cmp"
	"crypto/rand"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// The errors of Publish.
var (
	// ErrTooLarge is returned for an event of more than HubConfig.HistoryBytes bytes.
	ErrTooLarge = errors.New("sse: the event is too large")
	// ErrHubClosed is returned after Close.
	ErrHubClosed = errors.New("sse: the hub is closed")
)

// A Policy says what becomes of a client that is too far behind.
type Policy int

// The policies.
const (
	// Disconnect cuts it off. EventSource comes back by itself, and says what it had.
	Disconnect Policy = iota
	// Drop leaves out what is too old.
	Drop
)

// A HubConfig holds the options of a [Hub]. Its zero value means the defaults that the fields name.
type HubConfig struct {
	Stream       Config // of each client; its Queue is not used
	History      int    // events that are kept; 0 means 1024
	HistoryBytes int    // bytes of them, and of any single one; 0 means 1 MiB
	Backlog      int    // events that a client may be behind; 0 means all that are kept
	Slow         Policy // for clients that are further behind
	Clients      int    // 0 means 10000; more get 503
}

// A Hub is a resource that sends everything that is published to every client that gets it. Events without an ID get one, which is good for this Hub only: after a restart it means nothing. Safe from any goroutine.
type Hub struct {
	config HubConfig
	epoch  string
	stats  struct{ published, sent, dropped, disconnected, missed, refused atomic.Int64 }

	mu      sync.Mutex // guards the rest
	history []entry
	first   uint64 // the number of history[0]
	bytes   int
	groups  map[protocol.Loop]*group
	clients int
	closed  bool
}

// An entry is an event that was published.
type entry struct {
	id   string
	text []byte // immutable
}

// A group holds the clients of one loop.
type group struct {
	hub     *Hub
	loop    protocol.Loop
	posted  bool                 // deliver is on its way; guarded by Hub.mu
	clients map[*subscriber]bool // loop only
	count   int                  // of clients that were admitted; guarded by Hub.mu
}

// A subscriber is a place in the history. Loop only.
type subscriber struct {
	*Stream
	next    uint64 // the number of the next event
	pumping bool
}

// NewHub returns a Hub with a copy of config.
func NewHub(config HubConfig) *Hub {
	config.History = cmp.Or(max(config.History, 0), 1024)
	config.HistoryBytes = cmp.Or(max(config.HistoryBytes, 0), 1<<20)
	config.Backlog = min(cmp.Or(max(config.Backlog, 0), config.History), config.History)
	config.Clients = cmp.Or(max(config.Clients, 0), 10000)
	return &Hub{config: config, epoch: rand.Text()[:8], groups: make(map[protocol.Loop]*group)}
}

// Publish sends e to the clients that are there, and keeps it for those that come back. It does not wait for any. The error is ErrInvalid, ErrTooLarge or ErrHubClosed.
func (h *Hub) Publish(e Event) error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return ErrHubClosed
	}
	if e.ID == "" {
		e.ID = h.epoch + "-" + strconv.FormatUint(h.first+uint64(len(h.history)), 10)
	}
	text, err := e.Append(nil)
	if err == nil && len(text) > h.config.HistoryBytes {
		err = ErrTooLarge
	}
	if err != nil {
		h.mu.Unlock()
		return err
	}
	h.history = append(h.history, entry{e.ID, text})
	h.bytes += len(text)
	for len(h.history) > h.config.History || h.bytes > h.config.HistoryBytes {
		h.bytes -= len(h.history[0].text)
		h.history[0] = entry{}
		h.history = h.history[1:]
		h.first++
	}
	var here []*group // one, but for tests, in which a goroutine is several loops
	for _, g := range h.groups {
		switch {
		case g.loop.OnLoop():
			here = append(here, g)
		case !g.posted:
			g.posted = true
			g.loop.CallFromThread(g.deliver)
		}
	}
	h.mu.Unlock()
	h.stats.published.Add(1)
	for _, g := range here {
		g.deliver()
	}
	return nil
}

// deliver brings the clients of the group up to date. Loop only.
func (g *group) deliver() {
	g.hub.mu.Lock()
	g.posted = false
	g.hub.mu.Unlock()
	for c := range g.clients {
		g.hub.pump(c)
	}
}

// HubStats counts what a Hub has done.
type HubStats struct {
	Clients      int   // at this moment
	Published    int64 // events
	Sent         int64 // events, once for each client
	Dropped      int64 // events that were left out for clients that were too slow
	Disconnected int64 // clients cut off because they were too slow
	Missed       int64 // clients that came back too late to get all that they had missed
	Refused      int64 // clients beyond HubConfig.Clients
}

// Stats returns the counters.
func (h *Hub) Stats() HubStats {
	h.mu.Lock()
	n := h.clients
	h.mu.Unlock()
	s := &h.stats
	return HubStats{n, s.published.Load(), s.sent.Load(), s.dropped.Load(), s.disconnected.Load(), s.missed.Load(), s.refused.Load()}
}

// Close ends the responses to all clients. Those that come back get 204, which tells them not to.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed, h.history = true, nil
	for _, g := range h.groups {
		g.loop.CallFromThread(func() {
			for c := range g.clients {
				c.Close()
			}
		})
	}
}

// Render makes the one who asks a client.
func (h *Hub) Render(r *web.Request) { web.Get(h.subscribe).Render(r) }

var _ web.Resource = (*Hub)(nil)
