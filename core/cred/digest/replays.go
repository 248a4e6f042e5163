// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package digest

import (
	"container/list"
	"strings"
	"sync"
	"time"
)

// Replays remember which counts were used with which nonces. Only answers with the right password get in, so a stranger can't fill them. Counts may come out of order, as
// with several connections: of each nonce the highest and a window of 64 below it are kept. When there are too many nonces the one that was used longest ago is
// forgotten, and with it every nonce is refused that is not remembered and was made before it or at the same time.
type replays struct {
	max int

	mu      sync.Mutex
	nonces  map[string]*list.Element // guarded by mu
	order   list.List                // of *usedNonce, the one used last in front; guarded by mu
	horizon time.Time                // guarded by mu
}

type usedNonce struct {
	nonce  string
	issued time.Time
	high   uint32
	window uint64 // bit i: high-i was used
}

func (r *replays) seen(nonce string, count uint32, issued time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.nonces[nonce]
	if e == nil {
		return !issued.After(r.horizon)
	}
	return e.Value.(*usedNonce).seen(count)
}

// use marks a count as used, and reports whether it was not.
func (r *replays) use(nonce string, count uint32, issued time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.nonces[nonce]
	if e == nil {
		if !issued.After(r.horizon) {
			return false
		}
		if r.nonces == nil {
			r.nonces = map[string]*list.Element{}
		}
		for r.order.Len() >= r.max {
			r.forget(r.order.Back())
		}
		nonce = strings.Clone(nonce) // rather than keep the header that it is part of
		e = r.order.PushFront(&usedNonce{nonce: nonce, issued: issued})
		r.nonces[nonce] = e
	}
	u := e.Value.(*usedNonce)
	if u.seen(count) {
		return false
	}
	r.order.MoveToFront(e)
	u.use(count)
	return true
}

func (r *replays) forget(e *list.Element) {
	u := r.order.Remove(e).(*usedNonce)
	delete(r.nonces, u.nonce)
	if u.issued.After(r.horizon) {
		r.horizon = u.issued
	}
}

func (u *usedNonce) seen(count uint32) bool {
	if count > u.high {
		return false
	}
	back := u.high - count
	return back >= 64 || u.window&(1<<back) != 0
}

func (u *usedNonce) use(count uint32) {
	if count > u.high {
		if ahead := count - u.high; ahead < 64 {
			u.window <<= ahead
		} else {
			u.window = 0
		}
		u.high = count
	}
	u.window |= 1 << (u.high - count)
}
