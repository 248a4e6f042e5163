// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// Epoch is the time at which every [Clock] starts.
var Epoch = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

// A Clock is a protocol.Loop whose time stands still until the test moves it. The goroutine that advances it is its loop. The zero Clock is ready to use.
//
// A pass is what one Advance does: the time moves, then what was posted runs, then what has fallen due, in order. What is posted or scheduled meanwhile
// waits for the next pass, even with a delay of 0, as on a real loop. Twisted: task.Clock.
type Clock struct {
	// Debug remembers where each call was scheduled. A call that panics then panics with a *[TimerPanic], which shows both places.
	Debug bool

	elapsed time.Duration
	seq     uint64
	pending []*delayedCall // those still to come, sorted by when and seq
	batch   []*delayedCall // those still to run in this pass
	running bool

	owner atomic.Uint64 // the goroutine that is the loop; 0 is unknown

	mu     sync.Mutex
	posted []func()
	ended  bool
	done   chan struct{}
	signal chan struct{} // capacity 1: something was posted since it was last read
}

// NewClock returns a Clock at [Epoch] whose loop is the caller's goroutine.
func NewClock() *Clock {
	c := new(Clock)
	c.owner.Store(goroutineID())
	return c
}

// Now returns the time. Loop only.
func (c *Clock) Now() time.Time { return Epoch.Add(c.elapsed) }

// Elapsed returns by how much the clock was advanced. Loop only.
func (c *Clock) Elapsed() time.Duration { return c.elapsed }

// CallLater schedules f for the first pass at or after d from now, in the order of the calls where times are equal. Loop only.
func (c *Clock) CallLater(d time.Duration, f func()) protocol.DelayedCall {
	if f == nil {
		panic("protocoltest: CallLater of a nil function")
	}
	if c.owner.Load() == 0 {
		c.own()
	}
	dc := &delayedCall{clock: c, f: f}
	if c.Debug {
		dc.created = debug.Stack()
	}
	c.schedule(dc, d)
	return dc
}

// Calls returns the calls that are still to come, in the order in which they will run. Twisted: getDelayedCalls. Loop only.
func (c *Clock) Calls() []protocol.DelayedCall {
	calls := make([]protocol.DelayedCall, 0, len(c.batch)+len(c.pending))
	for _, dc := range c.batch {
		if dc.state == inBatch {
			calls = append(calls, dc)
		}
	}
	for _, dc := range c.pending {
		calls = append(calls, dc)
	}
	return calls
}

// Advance moves the time by d, which may be 0 but not negative, and then makes one pass. Inside a callback it moves the time only: so a test plays work that takes
// long. Loop only.
func (c *Clock) Advance(d time.Duration) {
	if d < 0 {
		panic(fmt.Sprintf("protocoltest: Advance by %v: time cannot go back", d))
	}
	c.elapsed += d
	if c.running {
		return
	}
	c.own()
	due := 0
	for due < len(c.pending) && c.pending[due].when <= c.elapsed {
		due++
	}
	c.running = true
	defer c.endPass()
	for _, dc := range c.pending[:due] {
		dc.state = inBatch
		c.batch = append(c.batch, dc)
	}
	c.pending = slices.Delete(c.pending, 0, due)
	c.runPosted()
	for len(c.batch) > 0 && !c.Ended() {
		dc := c.batch[0]
		c.batch = c.batch[1:]
		if dc.state == inBatch {
			dc.state = called
			dc.run()
		}
	}
}

// endPass puts back what a panic or the end of the loop left over.
func (c *Clock) endPass() {
	c.running = false
	for _, dc := range c.batch {
		if dc.state == inBatch {
			c.insert(dc)
		}
	}
	c.batch = nil
}

// Pump advances by each of the durations in turn. Loop only.
func (c *Clock) Pump(durations ...time.Duration) {
	for _, d := range durations {
		c.Advance(d)
	}
}

// Turn runs what was posted by CallFromThread before, and no delayed call. It returns how many functions it ran. Inside a callback it does nothing. Loop only.
func (c *Clock) Turn() int {
	if c.running {
		return 0
	}
	c.own()
	c.running = true
	defer c.endPass()
	return c.runPosted()
}

// Settle turns until nothing is posted. Loop only.
func (c *Clock) Settle() {
	for c.Turn() > 0 {
	}
}

// Until turns until cond, which is called on the loop, is true, and waits in between for other goroutines to post. It does not move the time. The error is that
// of ctx, or net.ErrClosed when the loop has ended. Loop only.
func (c *Clock) Until(ctx context.Context, cond func() bool) error {
	c.own()
	signal := c.channel()
	for !cond() {
		if c.Turn() > 0 {
			continue
		}
		select {
		case <-signal:
		case <-c.Done():
			return errEnded
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func (c *Clock) insert(dc *delayedCall) {
	i, _ := slices.BinarySearchFunc(c.pending, dc, func(a, b *delayedCall) int {
		return cmp.Or(cmp.Compare(a.when, b.when), cmp.Compare(a.seq, b.seq))
	})
	dc.state = waiting
	c.pending = slices.Insert(c.pending, i, dc)
}

func (c *Clock) schedule(dc *delayedCall, d time.Duration) {
	c.seq++
	dc.seq = c.seq
	dc.when = c.elapsed + d
	c.insert(dc)
}
