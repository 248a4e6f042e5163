// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property_test

import (
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/trial/property"
)

// A ring is a queue of fixed size. bug makes it forget that its end goes round.
type ring struct {
	items      []int
	start, len int
	bug        bool
}

func (r *ring) push(v int) {
	at := r.start + r.len
	if !r.bug || r.len < 2 {
		at %= len(r.items)
	}
	r.items[min(at, len(r.items)-1)] = v
	r.len++
}

func (r *ring) pop() int {
	v := r.items[r.start]
	r.start = (r.start + 1) % len(r.items)
	r.len--
	return v
}

type queues struct {
	*ring
	model []int
}

var commands = []property.Command[*queues]{
	{
		Name: "push",
		When: func(q *queues) bool { return len(q.model) < len(q.items) },
		Do: func(g *property.G, q *queues) {
			v := property.Range(0, 1000).Draw(g, "v")
			q.push(v)
			q.model = append(q.model, v)
		},
	},
	{
		Name: "pop",
		When: func(q *queues) bool { return len(q.model) > 0 },
		Do: func(g *property.G, q *queues) {
			assert.Equal(g, q.pop(), q.model[0], "what comes out")
			q.model = q.model[1:]
		},
	},
	{Name: "look", Do: func(g *property.G, q *queues) { assert.True(g, q.start < len(q.items)) }},
}

func checkLen(g *property.G, q *queues) { assert.Equal(g, q.len, len(q.model), "the length") }

// The bug needs two in the queue when its end goes round, and shows when what comes out is another value.
func TestMachine(t *testing.T) {
	want := []string{"1. push(v = 0)", "2. push(v = 0)", "3. push(v = 0)", "4. pop()", "5. push(v = 1)", "6. pop()", "7. pop()"}
	for _, seed := range seeds {
		report := failure(t, property.Config{Cases: 5000, Seed: seed}, func(g *property.G) {
			q := &queues{ring: &ring{items: make([]int, 3), bug: true}}
			property.Machine(g, q, checkLen, commands...)
		})
		if got := drawn(report); !slices.Equal(got, want) {
			t.Errorf("seed %d: got %q\n%s", seed, got, report)
		}
	}
}

func TestMachineHolds(t *testing.T) {
	steps := 0
	property.Config{Dir: "-", Time: time.Hour}.Check(t, func(g *property.G) {
		q := &queues{ring: &ring{items: make([]int, 3)}}
		property.Machine(g, q, func(g *property.G, q *queues) {
			steps++
			checkLen(g, q)
		}, commands...)
	})
	if steps < 300 {
		t.Errorf("%d steps in 100 cases", steps)
	}
}

// Where nothing may be done, the machine stands still, and ends.
func TestMachineStuck(t *testing.T) {
	done := 0
	property.Config{Dir: "-", Time: time.Hour}.Check(t, func(g *property.G) {
		once := false
		property.Machine(g, &once, nil, property.Command[*bool]{
			Name: "once",
			When: func(once *bool) bool { return !*once },
			Do:   func(g *property.G, once *bool) { *once = true; done++ },
		})
	})
	if done == 0 || done > 100 {
		t.Errorf("done %d times", done)
	}
}

// A timers is core's clock beside what is expected of it: when each call is due, 0 for one that is not.
type timers struct {
	*protocoltest.Clock
	calls []protocol.DelayedCall
	due   []time.Duration
	ran   []int
}

var seconds = property.Map(property.Range(0, 5), func(n int) time.Duration { return time.Duration(n) * time.Second })

func (c *timers) pick(g *property.G) int { return property.Range(0, len(c.calls)-1).Draw(g, "i") }

func (c *timers) some() bool { return len(c.calls) > 0 }

// active tells whether call i is to come, and whether core thinks so too.
func (c *timers) active(g *property.G, i int) bool {
	assert.Equal(g, c.calls[i].Active(), c.due[i] >= 0, "call %d is active", i)
	return c.due[i] >= 0
}

// timerCommands do what a protocol does with its delayed calls, in any order.
func timerCommands() []property.Command[*timers] {
	return []property.Command[*timers]{
		{Name: "CallLater", Do: func(g *property.G, c *timers) {
			d, i := seconds.Draw(g, "d"), len(c.calls)
			c.calls = append(c.calls, c.CallLater(d, func() { c.ran = append(c.ran, i) }))
			c.due = append(c.due, c.Elapsed()+d)
		}},
		{Name: "Cancel", When: (*timers).some, Do: func(g *property.G, c *timers) {
			i := c.pick(g)
			assert.Equal(g, c.calls[i].Cancel() == nil, c.due[i] >= 0, "it can be cancelled")
			c.due[i] = -1
		}},
		{Name: "Reset", When: (*timers).some, Do: func(g *property.G, c *timers) {
			i, d := c.pick(g), seconds.Draw(g, "d")
			active := c.active(g, i)
			assert.Equal(g, c.calls[i].Reset(d) == nil, active, "it can be reset")
			if active {
				c.due[i] = c.Elapsed() + d
			}
		}},
		{Name: "Rearm", When: (*timers).some, Do: func(g *property.G, c *timers) {
			i, d := c.pick(g), seconds.Draw(g, "d")
			c.calls[i].Rearm(d)
			c.due[i] = c.Elapsed() + d
		}},
		{Name: "Advance", Do: func(g *property.G, c *timers) {
			c.ran = nil
			c.Advance(seconds.Draw(g, "d"))
			var want []int
			for i, due := range c.due {
				if due >= 0 && due <= c.Elapsed() {
					want = append(want, i)
					c.due[i] = -1
				}
			}
			slices.Sort(c.ran)
			assert.Equal(g, c.ran, want, "what ran")
		}},
	}
}

// The delayed calls of core do in any order of steps what the model says.
func TestTimers(t *testing.T) {
	property.Config{Dir: "-", Time: time.Hour}.Check(t, func(g *property.G) {
		property.Machine(g, &timers{Clock: protocoltest.NewClock()}, func(g *property.G, c *timers) {
			for i := range c.calls {
				c.active(g, i)
			}
		}, timerCommands()...)
	})
}

// A model that forgets that a call which ran can be armed again is found out by three steps.
func TestTimersWithAFault(t *testing.T) {
	for _, seed := range seeds {
		report := failure(t, property.Config{Seed: seed, Cases: 2000}, func(g *property.G) {
			commands := timerCommands()
			rearm := commands[3].Do
			commands[3].Do = func(g *property.G, c *timers) {
				was := slices.Clone(c.due)
				rearm(g, c)
				for i := range was {
					if was[i] < 0 {
						c.due[i] = -1
					}
				}
			}
			property.Machine(g, &timers{Clock: protocoltest.NewClock()}, func(g *property.G, c *timers) {
				for i := range c.calls {
					c.active(g, i)
				}
			}, commands...)
		})
		assert.Equal(t, drawn(report), []string{"1. CallLater(d = 0s)", "2. Cancel(i = 0)", "3. Rearm(i = 0, d = 0s)"}, "seed %d", seed)
	}
}
