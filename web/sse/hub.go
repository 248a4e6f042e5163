// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse

import (
	"cmp"
	"crypto/rand"
	"errors"
	"strconv"
	"sync/atomic"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/fanout"
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
	log    *fanout.Log[entry]
	sent   atomic.Int64
	missed atomic.Int64
}

// An entry is an event that was published.
type entry struct {
	id   string
	text []byte // immutable
}

// NewHub returns a Hub with a copy of config.
func NewHub(config HubConfig) *Hub {
	config.History = cmp.Or(max(config.History, 0), 1024)
	config.HistoryBytes = cmp.Or(max(config.HistoryBytes, 0), 1<<20)
	config.Backlog = min(cmp.Or(max(config.Backlog, 0), config.History), config.History)
	config.Clients = cmp.Or(max(config.Clients, 0), 10000)
	return &Hub{config: config, epoch: rand.Text()[:8], log: fanout.New[entry](fanout.Config{
		Entries: config.History, Bytes: config.HistoryBytes, Backlog: config.Backlog, Clients: config.Clients, Drop: config.Slow == Drop,
	})}
}

// Publish sends e to the clients that are there, and keeps it for those that come back. It does not wait for any. The error is ErrInvalid, ErrTooLarge or ErrHubClosed.
func (h *Hub) Publish(e Event) error {
	err := h.log.Publish(func(n uint64) (entry, int, error) {
		if e.ID == "" {
			e.ID = h.epoch + "-" + strconv.FormatUint(n, 10)
		}
		text, err := e.Append(nil)
		return entry{e.ID, text}, len(text), err
	})
	switch err {
	case fanout.ErrClosed:
		return ErrHubClosed
	case fanout.ErrTooLarge:
		return ErrTooLarge
	}
	return err
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
	s := h.log.Stats()
	return HubStats{s.Clients, s.Published, h.sent.Load(), s.Dropped, s.Late, h.missed.Load(), s.Refused}
}

// Close ends the responses to all clients. Those that come back get 204, which tells them not to.
func (h *Hub) Close() { h.log.Close() }

// Render makes the one who asks a client.
func (h *Hub) Render(r *web.Request) { web.Get(h.subscribe).Render(r) }

var _ web.Resource = (*Hub)(nil)
