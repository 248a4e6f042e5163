// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fanout

import "github.com/torsion-go/torsion/core/protocol"

// batch is how many entries a client gets at a time, between two looks at the log.
const batch = 64

// A Client is what a Member hands entries to. Its methods are called on its loop.
type Client[E any] interface {
	// Take takes the first of the entries, as many as it can, and returns how many these were. When it can take more it calls Pump.
	Take(entries []E) int
	// Late is called when the client is too far behind, unless Config.Drop is set. It is to Leave.
	Late()
	// Close is called when the Log is closed.
	Close()
}

// A Member is the place of one client in a Log. Loop only.
type Member[E any] struct {
	group          *group[E]
	client         Client[E]
	before, behind *Member[E] // in the ring of the group
	next           uint64     // the number of the next entry
	seen           uint64     // what Log.end was when it was offered what there is
	pumping        bool
	left           bool
}

// Admit gives a client of that loop a place. seek, which may be nil, is called with the entries of the log that the client may have, the first of which has the number first, and
// returns the number of the one to begin with; nil begins behind them. The error is ErrClosed or ErrFull.
func (l *Log[E]) Admit(loop protocol.Loop, seek func(first uint64, entry func(i int) E, n int) uint64) (*Member[E], error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, ErrClosed
	case l.clients >= l.config.Clients:
		l.stats.refused.Add(1)
		return nil, ErrFull
	}
	g := l.groups[loop]
	if g == nil {
		g = newGroup(l, loop)
		l.groups[loop] = g
	}
	g.count++
	l.clients++
	m := &Member[E]{group: g, next: l.first + uint64(len(l.entries))}
	if seek != nil {
		m.next = max(seek(l.first, func(i int) E { return l.entries[i].value }, len(l.entries)), m.next-min(m.next, uint64(l.config.Backlog)))
	}
	return m, nil
}

// Start begins to hand entries to client, unless it has left. The error is ErrClosed; the client has left then.
func (m *Member[E]) Start(client Client[E]) error {
	if m.left {
		return nil
	}
	m.client = client
	l := m.group.log
	l.mu.Lock()
	closed := l.closed // since it was admitted
	l.mu.Unlock()
	if closed {
		m.Leave()
		return ErrClosed
	}
	m.serve()
	return nil
}

// serve offers the client what there is, and puts it behind all others.
func (m *Member[E]) serve() {
	l := m.group.log
	m.unlink()
	last := m.group.members.before
	m.before, m.behind = last, &m.group.members
	last.behind, m.group.members.before = m, m
	m.seen = l.end.Load()
	m.Pump()
	l.mu.Lock()
	closed := l.closed
	l.mu.Unlock()
	if closed && !m.left {
		m.seen = l.end.Load()
		m.client.Close()
	}
}

func (m *Member[E]) unlink() {
	if m.behind != nil {
		m.before.behind, m.behind.before = m.behind, m.before
		m.before, m.behind = nil, nil
	}
}

// CatchUp offers the client what was published and waits for its turn: before it is sent something else.
func (m *Member[E]) CatchUp() {
	if m.behind != nil && m.seen < m.group.log.end.Load() {
		m.serve()
	}
}

// Leave gives the place up. It may be called more than once.
func (m *Member[E]) Leave() {
	if m.left {
		return
	}
	m.left = true
	g := m.group
	m.unlink()
	l := g.log
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clients--
	if g.count--; g.count == 0 {
		delete(l.groups, g.loop)
	}
	if l.closed && l.clients == 0 {
		l.trim(len(l.entries))
	}
}

// Pump hands the client what it has not had, as much as it takes.
func (m *Member[E]) Pump() {
	if m.pumping {
		return // what is new will be seen by the one further up in the stack
	}
	g := m.group
	room := g.room
	if g.room = nil; room == nil { // it is another member's, further up in the stack
		room = make([]E, 0, batch)
	}
	m.pumping = true
	defer func() {
		m.pumping = false
		g.room = room
	}()
	for !m.left {
		entries, late := m.after(room)
		if late {
			g.log.stats.late.Add(1)
			m.client.Late()
			return
		}
		if len(entries) == 0 {
			return
		}
		n := m.client.Take(entries)
		clear(entries)
		if m.next += uint64(n); n < len(entries) {
			return
		}
	}
}

// after appends the next entries to list, or reports that the client is too late for them.
func (m *Member[E]) after(list []E) (_ []E, late bool) {
	l := m.group.log
	l.mu.Lock()
	defer l.mu.Unlock()
	end := l.first + uint64(len(l.entries))
	oldest := max(l.first, end-min(end, uint64(l.config.Backlog)))
	if m.next < oldest {
		if !l.config.Drop {
			return nil, true
		}
		l.stats.dropped.Add(int64(oldest - m.next))
		m.next = oldest
	}
	for _, e := range l.entries[min(m.next-l.first, uint64(len(l.entries))):] {
		if len(list) == batch {
			break
		}
		list = append(list, e.value)
	}
	return list, false
}
