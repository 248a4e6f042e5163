// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"maps"
	"slices"
	"sync"
)

// A stopping holds what is to be called when its loop stops.
type stopping struct {
	mu    sync.Mutex
	calls map[uint64]func(reason error) // guarded by mu, by the order in which they came
	last  uint64                        // guarded by mu: the number of the last
	begun bool                          // guarded by mu
}

// CallWhenStopping calls f on the loop when the reactor stops or is closed, after the loop's ports have closed and before its connections end. reason is what
// they are lost by and matches protocol.ErrConnectionLost. It is for what ends with a loop without being the loop's own, such as a connection that is no
// socket. forget takes the call back; it may be called more than once, also by f. The calls are made in the order in which they were asked for. On a loop that stops already the
// error is ErrNotRunning. CallWhenStopping and forget are safe from any goroutine.
func (l *Loop) CallWhenStopping(f func(reason error)) (forget func(), err error) {
	s := &l.stopping
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun {
		return nil, ErrNotRunning
	}
	if s.calls == nil {
		s.calls = map[uint64]func(error){}
	}
	s.last++
	number := s.last
	s.calls[number] = f
	return func() { s.take(number) }, nil
}

// take takes a call out; nil when there is none any more.
func (s *stopping) take(number uint64) func(error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.calls[number]
	delete(s.calls, number)
	return f
}

func (s *stopping) begin() (numbers []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun = true
	return slices.Sorted(maps.Keys(s.calls))
}

func (l *Loop) tellStopping(reason error) {
	for _, number := range l.stopping.begin() {
		if f := l.stopping.take(number); f != nil { // one of the others may have forgotten it
			l.run(func() { f(reason) }, nil)
		}
	}
}
