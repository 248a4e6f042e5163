// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"cmp"
	"errors"
	"slices"

	"github.com/torsion-go/torsion/web/internal/fanout"
)

// The errors of a Hub.
var (
	ErrHubClosed = errors.New("websocket: the hub is closed")
	ErrHubFull   = errors.New("websocket: the hub has too many members")
	// ErrTooLarge is returned for a message of more than HubConfig.BacklogBytes bytes.
	ErrTooLarge = errors.New("websocket: the message is too large for the hub")
)

// A HubConfig holds the options of a Hub. Its zero value means the defaults that the fields name.
type HubConfig struct {
	Backlog      int    // messages that a member may be behind; 0 means 256
	BacklogBytes int    // bytes of them, and of any single one; 0 means 1 MiB
	Slow         Policy // for members that are further behind: closed with 1013, or left without what is too old
	Replay       int    // messages that a new member gets, of those of the backlog; 0 means none
	Members      int    // 0 means 100000; more are refused
}

// A Hub sends messages to many connections, on however many loops: a room, a topic. A message is encoded once, and compressed once. A member whose peer does not read holds its place in the backlog, which all share, and not a
// copy of what it has missed. Where a loop has many members, some dozens are sent a message in each turn, and other connections are served between; a member gets what is sent to it otherwise behind what the hub was sent before. Among several hubs there is no order. A connection may be a member of several hubs, and leaves them when it ends. Everything is safe from any goroutine, but for what takes a Conn.
type Hub struct {
	config HubConfig
	log    *fanout.Log[*Prepared]
}

// NewHub returns a Hub without members.
func NewHub(config HubConfig) *Hub {
	config.Backlog = cmp.Or(max(config.Backlog, 0), 256)
	config.BacklogBytes = cmp.Or(max(config.BacklogBytes, 0), 1<<20)
	config.Members = cmp.Or(max(config.Members, 0), 100000)
	return &Hub{config, fanout.New[*Prepared](fanout.Config{
		Entries: config.Backlog, Bytes: config.BacklogBytes, Backlog: config.Backlog, Clients: config.Members, Drop: config.Slow == Drop,
	})}
}

// Send sends a message to all members. p is not kept. The error is ErrHubClosed or ErrTooLarge.
func (h *Hub) Send(kind Kind, p []byte) error { return h.SendPrepared(Prepare(kind, p)) }

// SendPrepared is Send of a message that was prepared, for several hubs say.
func (h *Hub) SendPrepared(p *Prepared) error {
	err := h.log.Publish(func(uint64) (*Prepared, int, error) { return p, p.Len(), nil })
	return hubError(err)
}

func hubError(err error) error {
	switch err {
	case fanout.ErrClosed:
		return ErrHubClosed
	case fanout.ErrFull:
		return ErrHubFull
	case fanout.ErrTooLarge:
		return ErrTooLarge
	}
	return err
}

// Join makes c a member; a second time does nothing. The error is ErrHubClosed, ErrHubFull, or net.ErrClosed if c is being closed. Loop only.
func (h *Hub) Join(c *Conn) error {
	if err := c.sendable(0); err != nil {
		return err
	}
	if h.seat(c) != nil {
		return nil
	}
	m, err := h.log.Admit(c.Loop(), func(first uint64, _ func(int) *Prepared, n int) uint64 {
		return first + uint64(n-min(n, h.config.Replay))
	})
	if err != nil {
		return hubError(err)
	}
	s := &seat{h, c, m}
	x := c.extra()
	x.seats = append(x.seats, s)
	return hubError(m.Start(s))
}

// Leave ends the membership of c. Loop only.
func (h *Hub) Leave(c *Conn) {
	if s := h.seat(c); s != nil {
		s.member.CatchUp()
		s.leave()
	}
}

func (h *Hub) seat(c *Conn) *seat {
	if c.x != nil {
		for _, s := range c.x.seats {
			if s.hub == h {
				return s
			}
		}
	}
	return nil
}

// Close closes the connections of all members, with 1001, and refuses what comes later.
func (h *Hub) Close() { h.log.Close() }

// HubStats counts what a hub has done.
type HubStats struct {
	Members int   // at this moment
	Sent    int64 // messages, each counted once
	Dropped int64 // messages that were left out for members that were too slow
	Slow    int64 // members that were closed because they were too slow
	Refused int64 // members beyond HubConfig.Members
}

// Stats returns the counters.
func (h *Hub) Stats() HubStats {
	s := h.log.Stats()
	return HubStats{s.Clients, s.Published, s.Dropped, s.Late, s.Refused}
}

// A seat is the membership of one connection.
type seat struct {
	hub    *Hub
	c      *Conn
	member *fanout.Member[*Prepared]
}

func (s *seat) leave() {
	s.member.Leave()
	x := s.c.x
	x.seats = slices.DeleteFunc(x.seats, func(o *seat) bool { return o == s })
}

// pumpHubs takes what there is room for again.
func (c *Conn) pumpHubs() {
	if c.x == nil {
		return
	}
	for i := len(c.x.seats) - 1; i >= 0 && !c.crowded(); i-- { // from behind: one that is too late leaves
		if i < len(c.x.seats) { // a producer that is told to stop may have left more of them
			c.x.seats[i].member.Pump()
		}
	}
}

// catchUp sends what hubs were told before, and this connection has not had its turn for.
func (c *Conn) catchUp() {
	if c.x == nil {
		return
	}
	for i := len(c.x.seats) - 1; i >= 0; i-- { // from behind: one that is too late leaves
		if i < len(c.x.seats) {
			c.x.seats[i].member.CatchUp()
		}
	}
}

// leaveHubs is called at the end of c.
func (c *Conn) leaveHubs() {
	for _, s := range c.x.seats {
		s.member.Leave()
	}
	c.x.seats = nil
}

// Take sends what there is room for.
func (s *seat) Take(list []*Prepared) int {
	for i, p := range list {
		if s.c.crowded() || s.c.inParts {
			return i
		}
		if s.c.sendable(p.Len()) == nil {
			s.c.sendPrepared(p)
		} else if s.c.Closing() {
			return i
		}
	}
	return len(list)
}

// Late ends the connection of a member that is too slow.
func (s *seat) Late() {
	s.leave()
	s.c.set.stats.slow.Add(1)
	s.c.tooSlow()
}

// Close ends the connection of a member.
func (s *seat) Close() { s.c.Close(GoingAway, "") }
