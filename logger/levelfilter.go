// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
)

// A LevelFilter is a predicate that says No to events below the level of their namespace, and to those with NoLevel; Maybe to the others. The level of a namespace is that which was
// set for it, or for the longest part of it that ends before a dot, or the default: Info in the zero LevelFilter. Levels may change at any time. Safe from any goroutine.
// Twisted: LogLevelFilterPredicate.
type LevelFilter struct {
	mu     sync.Mutex // held to change state
	state  atomic.Pointer[levels]
	preset Level
}

// levels never change once they are published.
type levels struct {
	def    Level
	lowest Level // of all
	by     map[string]Level
}

// NewLevelFilter returns a LevelFilter with another default.
func NewLevelFilter(def Level) *LevelFilter {
	f := &LevelFilter{preset: def}
	f.Clear()
	return f
}

func (f *LevelFilter) load() *levels {
	if s := f.state.Load(); s != nil {
		return s
	}
	return &zeroLevels
}

// zeroLevels are those of a zero LevelFilter.
var zeroLevels = levels{def: Info, lowest: Info}

// Set sets the level of a namespace and what is below it; of "", the default. Twisted: setLogLevelForNamespace.
func (f *LevelFilter) Set(namespace string, level Level) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.load()
	s := &levels{def: old.def, by: maps.Clone(old.by)}
	if namespace == "" {
		s.def = level
	} else {
		if s.by == nil {
			s.by = map[string]Level{}
		}
		s.by[namespace] = level
	}
	s.lowest = s.def
	for _, l := range s.by {
		s.lowest = min(s.lowest, l)
	}
	f.state.Store(s)
}

// Clear forgets all levels but the default that the filter was made with. Twisted: clearLogLevels.
func (f *LevelFilter) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.Store(&levels{def: f.preset, lowest: f.preset})
}

// Level returns the level for a namespace. Twisted: logLevelForNamespace.
func (f *LevelFilter) Level(namespace string) Level { return f.load().level(namespace) }

// Levels returns what was set, the default by "".
func (f *LevelFilter) Levels() map[string]Level {
	s := f.load()
	all := map[string]Level{"": s.def}
	maps.Copy(all, s.by)
	return all
}

func (s *levels) level(namespace string) Level {
	if len(s.by) == 0 {
		return s.def
	}
	for namespace != "" {
		if l, ok := s.by[namespace]; ok {
			return l
		}
		namespace = namespace[:max(strings.LastIndexByte(namespace, '.'), 0)]
	}
	return s.def
}

// Decide says No or Maybe.
func (f *LevelFilter) Decide(e *Event) Result { return f.DecideLevel(e.Namespace, e.Level) }

// DecideLevel says No or Maybe.
func (f *LevelFilter) DecideLevel(namespace string, level Level) Result {
	s := f.load()
	if level < s.lowest || level == NoLevel || level < s.level(namespace) {
		return No
	}
	return Maybe
}
