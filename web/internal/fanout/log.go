// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fanout

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/protocol"
)

// The errors of this package.
var (
	ErrClosed   = errors.New("fanout: closed")
	ErrTooLarge = errors.New("fanout: too large")
	ErrFull     = errors.New("fanout: too many clients")
)

// A Config bounds a Log. Every field is needed.
type Config struct {
	Entries int  // that are kept
	Bytes   int  // of those, and of any single one
	Backlog int  // entries that a client may be behind
	Clients int  // at most
	Drop    bool // a client that is further behind misses some, and is not told by Late
}

// A Log holds what was published last.
type Log[E any] struct {
	config Config
	stats  struct{ published, dropped, late, refused atomic.Int64 }

	mu      sync.Mutex // guards the rest
	entries []entry[E]
	first   uint64 // the number of entries[0]
	bytes   int
	groups  map[protocol.Loop]*group[E]
	clients int
	closed  bool
}

type entry[E any] struct {
	value E
	size  int
}

// A group is the clients of one loop.
type group[E any] struct {
	log     *Log[E]
	loop    protocol.Loop
	posted  bool                    // deliver is on its way; guarded by Log.mu
	count   int                     // of members that were admitted; guarded by Log.mu
	members map[*Member[E]]struct{} // that were started; loop only
}

// New returns an empty Log.
func New[E any](config Config) *Log[E] {
	return &Log[E]{config: config, groups: make(map[protocol.Loop]*group[E])}
}

// Publish appends what build returns for the number that it gets, and hands it to the clients. size is in bytes. The error is ErrClosed, ErrTooLarge or build's.
func (l *Log[E]) Publish(build func(n uint64) (e E, size int, err error)) error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return ErrClosed
	}
	e, size, err := build(l.first + uint64(len(l.entries)))
	if err == nil && size > l.config.Bytes {
		err = ErrTooLarge
	}
	if err != nil {
		l.mu.Unlock()
		return err
	}
	l.entries = append(l.entries, entry[E]{e, size})
	l.bytes += size
	for len(l.entries) > l.config.Entries || l.bytes > l.config.Bytes {
		l.bytes -= l.entries[0].size
		l.entries[0] = entry[E]{}
		l.entries = l.entries[1:]
		l.first++
	}
	var here []*group[E] // one, but for tests, in which a goroutine is several loops
	for _, g := range l.groups {
		switch {
		case g.loop.OnLoop():
			here = append(here, g)
		case !g.posted:
			g.posted = true
			g.loop.CallFromThread(g.deliver)
		}
	}
	l.mu.Unlock()
	l.stats.published.Add(1)
	for _, g := range here {
		g.deliver()
	}
	return nil
}

// deliver pumps every client of the loop.
func (g *group[E]) deliver() {
	g.log.mu.Lock()
	g.posted = false
	g.log.mu.Unlock()
	for m := range g.members {
		m.Pump()
	}
}

// Close tells every client to close, and refuses what comes later.
func (l *Log[E]) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed, l.entries = true, nil
	for _, g := range l.groups {
		g.loop.CallFromThread(func() {
			for m := range g.members {
				m.client.Close()
			}
		})
	}
}

// Stats counts what a Log has done.
type Stats struct {
	Clients   int   // at this moment
	Published int64 // entries
	Dropped   int64 // entries that clients missed because they were too far behind
	Late      int64 // clients that were told so
	Refused   int64 // clients beyond Config.Clients
}

// Stats returns the counters.
func (l *Log[E]) Stats() Stats {
	l.mu.Lock()
	n := l.clients
	l.mu.Unlock()
	s := &l.stats
	return Stats{n, s.published.Load(), s.dropped.Load(), s.late.Load(), s.refused.Load()}
}
