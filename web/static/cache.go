// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"container/list"
	"strings"
	"sync"
	"time"
)

// inactive is how long a file that nobody asks for stays open, if another one is looked up after that.
const inactive = time.Minute

// A cache keeps files open that were found. Safe from any goroutine.
type cache struct {
	max   int
	fresh time.Duration

	mu      sync.Mutex
	entries map[string]*entry // guarded by mu, like the rest
	recent  list.List         // of *entry, the one used last in front
}

// An entry is a file that is open, and the io.Closer of those who use it.
type entry struct {
	c      *cache
	key    string
	found  found
	refs   int // of the cache itself, and of requests
	until  time.Time
	used   time.Time
	inList *list.Element
}

func newCache(max int, fresh time.Duration) *cache {
	return &cache{max: max, fresh: fresh, entries: make(map[string]*entry)}
}

// keyOf returns what a query is remembered by: only a path that may name a file has a key.
func (f *Files) keyOf(q query) (string, bool) {
	name, slash, ok := f.name(q.segments)
	if slash {
		name += "/"
	}
	return name + "\x00" + strings.Join(q.accept, ","), ok
}

// get returns what was found for key, if that is not too long ago.
func (c *cache) get(key string, now time.Time) *found {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[key]
	if e == nil {
		return nil
	}
	if !now.Before(e.until) {
		c.drop(e)
		return nil
	}
	e.used = now
	c.recent.MoveToFront(e.inList)
	return e.lend()
}

// put remembers what was found, if it is a file, and returns it for the request.
func (c *cache) put(key string, result *found, now time.Time) *found {
	if result.what != isFile || !result.random() {
		return result
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.entries[key]; old != nil {
		c.drop(old)
	}
	e := &entry{c: c, key: key, found: *result, refs: 1, until: now.Add(c.fresh), used: now}
	e.inList = c.recent.PushFront(e)
	c.entries[key] = e
	lent := e.lend()
	for last := c.recent.Back(); last != nil; last = c.recent.Back() {
		if oldest := last.Value.(*entry); len(c.entries) > c.max || now.Sub(oldest.used) > inactive {
			c.drop(oldest)
			continue
		}
		break
	}
	return lent
}

// lend returns the file for one request. c.mu is held.
func (e *entry) lend() *found {
	e.refs++
	result := e.found
	result.lease = e
	return &result
}

// drop forgets e, which is closed when the last request is done with it. c.mu is held.
func (c *cache) drop(e *entry) {
	delete(c.entries, e.key)
	c.recent.Remove(e.inList)
	e.release()
}

// release takes one reference away. c.mu is held.
func (e *entry) release() {
	if e.refs--; e.refs == 0 {
		e.found.file.Close()
	}
}

// Close ends the use by one request.
func (e *entry) Close() error {
	e.c.mu.Lock()
	defer e.c.mu.Unlock()
	e.release()
	return nil
}

// clear forgets everything.
func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.entries {
		c.drop(e)
	}
}
