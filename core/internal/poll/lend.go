// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"fmt"
	"sync"
	"time"
)

// A Source is where the loops of one reactor get their pollers from, and what time it is there.
type Source struct {
	Open func() (Poller, error)
	Now  func() time.Time
	// Refused tells which poller was asked for and why it does not work, when Open opens another; else "".
	Refused string
}

var lent struct {
	mu      sync.Mutex
	sources map[string]Source // guarded by mu
	last    int               // guarded by mu
}

// Lend gives a source a name, by which Find finds it until takeBack is called. So a test can have a reactor run over pollers of its own, without the
// reactor's having a way to say so that everybody sees. [Names] does not tell the name. Safe from any goroutine.
func Lend(s Source) (name string, takeBack func()) {
	lent.mu.Lock()
	defer lent.mu.Unlock()
	if lent.sources == nil {
		lent.sources = map[string]Source{}
	}
	lent.last++
	name = fmt.Sprintf("lent %d", lent.last)
	lent.sources[name] = s
	return name, func() {
		lent.mu.Lock()
		defer lent.mu.Unlock()
		delete(lent.sources, name)
	}
}

func borrowed(name string) (Source, bool) {
	lent.mu.Lock()
	defer lent.mu.Unlock()
	s, ok := lent.sources[name]
	return s, ok
}
