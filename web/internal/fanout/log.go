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

	end atomic.Uint64 // the number of the entry to come, and one more once the Log is closed; set under mu

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
	l.end.Add(1)
	here := l.post()
	for _, g := range here {
		if g.pressed() { // by a publisher that would wait for nobody
			l.mu.Unlock()
			g.deliver(everybody)
			l.mu.Lock()
		}
	}
	l.trim(l.excess())
	l.mu.Unlock()
	l.stats.published.Add(1)
	for _, g := range here {
		g.begin()
	}
	return nil
}

// post wakes the groups on other loops, and returns those whose loop is the caller's: one, but for tests, in which a goroutine is several loops.
func (l *Log[E]) post() (here []*group[E]) {
	for _, g := range l.groups {
		if g.loop.OnLoop() {
			here = append(here, g)
		} else {
			g.post()
		}
	}
	return here
}

// excess returns how many entries are too many.
func (l *Log[E]) excess() int {
	n, bytes := 0, l.bytes
	for len(l.entries)-n > l.config.Entries || bytes > l.config.Bytes {
		bytes -= l.entries[n].size
		n++
	}
	return n
}

// trim forgets the first n entries.
func (l *Log[E]) trim(n int) {
	for i := range n {
		l.bytes -= l.entries[i].size
		l.entries[i] = entry[E]{}
	}
	l.entries = l.entries[n:]
	l.first += uint64(n)
}

// Close tells every client to close, once it was offered what was published before, and refuses what comes later.
func (l *Log[E]) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	l.end.Add(1)
	if l.clients == 0 {
		l.trim(len(l.entries))
	}
	for _, g := range l.groups {
		g.post()
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
