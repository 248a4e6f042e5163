// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package guard

import (
	"container/list"
	"time"
)

// A table counts failures by key, and forgets the key that was used longest ago when there are too many.
type table struct {
	failures   int // allowed in a row; negative: the table is off
	delay, max time.Duration
	forget     time.Duration
	entries    int

	byKey map[string]*list.Element
	order list.List // of *entry, the one used last in front
}

type entry struct {
	key   string
	count int
	until time.Time // locked out
	last  time.Time // of a failure
}

func (t *table) off(key string) bool { return t.failures < 0 || key == "" }

// begin counts an attempt as failed. When the key is locked out it counts nothing and returns until when.
func (t *table) begin(key string, now time.Time) (until time.Time, locked, newly bool) {
	if t.off(key) {
		return time.Time{}, false, false
	}
	e := t.entry(key)
	if now.Before(e.until) {
		return e.until, true, false
	}
	if e.count > 0 && now.Sub(e.last) >= t.forget {
		e.count = 0
	}
	e.count++
	e.last = now
	if e.count >= t.failures {
		e.until = now.Add(t.lockout(e.count - t.failures))
		newly = e.count == t.failures
	}
	return e.until, false, newly
}

// locked reports whether key is locked out.
func (t *table) locked(key string, now time.Time) bool {
	e := t.byKey[key]
	return e != nil && now.Before(e.Value.(*entry).until)
}

// lockout is the delay, doubled n times, within bounds.
func (t *table) lockout(n int) time.Duration {
	d := t.delay
	for ; n > 0 && d < t.max; n-- {
		d *= 2
	}
	return min(d, t.max)
}

func (t *table) entry(key string) *entry {
	if e := t.byKey[key]; e != nil {
		t.order.MoveToFront(e)
		return e.Value.(*entry)
	}
	for t.order.Len() >= t.entries {
		oldest := t.order.Remove(t.order.Back()).(*entry)
		delete(t.byKey, oldest.key)
	}
	e := &entry{key: key}
	if t.byKey == nil {
		t.byKey = map[string]*list.Element{}
	}
	t.byKey[key] = t.order.PushFront(e)
	return e
}

// clear forgets all failures of key.
func (t *table) clear(key string) {
	if e := t.byKey[key]; e != nil {
		t.order.Remove(e)
		delete(t.byKey, key)
	}
}

// undo takes one failure back.
func (t *table) undo(key string) {
	e := t.byKey[key]
	if e == nil {
		return
	}
	n := e.Value.(*entry)
	if n.count--; n.count <= 0 {
		t.clear(key)
	} else if n.count < t.failures {
		n.until = time.Time{}
	}
}
