// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property_test

import (
	"slices"
	"testing"

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
	property.Config{Dir: "-"}.Check(t, func(g *property.G) {
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
	property.Config{Dir: "-"}.Check(t, func(g *property.G) {
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
