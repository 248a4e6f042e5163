// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"maps"
	"slices"
	"sync"
)

// A room is the connections of a server whose engine has no such thing. Safe from any goroutine.
type room[C comparable] struct {
	mu      sync.Mutex
	members map[C]struct{}
}

func (r *room[C]) join(c C) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.members == nil {
		r.members = make(map[C]struct{})
	}
	r.members[c] = struct{}{}
}

func (r *room[C]) leave(c C) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.members, c)
}

// each calls f for all. They may join and leave meanwhile.
func (r *room[C]) each(f func(C)) {
	r.mu.Lock()
	members := slices.Collect(maps.Keys(r.members))
	r.mu.Unlock()
	for _, c := range members {
		f(c)
	}
}
