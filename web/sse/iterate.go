// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse

import (
	"context"
	"iter"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web/client"
)

// Events is a [Source] for goroutines: it yields events, and at the end the error of [Source.Done], if there is one, or context.Cause of ctx. Breaking off closes the Source. No more than 64 events wait for a slow goroutine;
// then the server is held up. Not on the loop of d, which it would have to wait for.
//
//	for e, err := range sse.Events(ctx, agent, req, sse.SourceConfig{}) { ... }
func Events(ctx context.Context, d client.Doer, req *client.Request, config SourceConfig) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		loop := d.Loop()
		if loop.OnLoop() {
			panic("sse: Events on the loop, which it would have to wait for")
		}
		if ctx.Err() != nil { // the server need not be asked
			yield(Event{}, context.Cause(ctx))
			return
		}
		var (
			s      *Source                // loop only
			paused atomic.Bool            // the Source is
			events = make(chan Event, 64) // the Source pauses when it is full
			ended  = make(chan error, 1)  // the end of the Source, which comes once
		)
		loop.CallFromThread(func() {
			s = NewSource(d, req, config, func(e Event) {
				events <- e // there is room
				if len(events) == cap(events) {
					paused.Store(true)
					s.Pause()
					if len(events) <= cap(events)/2 && paused.CompareAndSwap(true, false) { // all was taken meanwhile
						s.Resume()
					}
				}
			})
			s.Done().Done(func(_ struct{}, err error) { ended <- err })
		})
		defer loop.CallFromThread(func() { s.Close() })
		resume := func() { s.Resume() }
		for {
			select {
			case e := <-events:
				if len(events) <= cap(events)/2 && paused.CompareAndSwap(true, false) {
					loop.CallFromThread(resume)
				}
				if !yield(e, nil) {
					return
				}
			case <-ctx.Done():
				yield(Event{}, context.Cause(ctx))
				return
			case <-loop.Done():
				yield(Event{}, deferred.ErrLoopEnded)
				return
			case err := <-ended:
				for len(events) > 0 {
					if !yield(<-events, nil) {
						return
					}
				}
				if err != nil {
					yield(Event{}, err)
				}
				return
			}
		}
	}
}
