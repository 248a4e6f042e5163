// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// maxSteps is how many commands a Machine runs in one case.
const maxSteps = 100

// A Command is one thing that a Machine may do.
type Command[S any] struct {
	// Name is what the report calls it.
	Name string
	// When tells whether it may be done in state s; nil is always.
	When func(s S) bool
	// Do does it: to what is tested and to the model of it, both of which are in s, and checks that they agree. What it draws is shown as its arguments.
	Do func(g *G, s S)
}

// Machine tests something that has a state: it does up to 100 commands, one after the other, each of which may be done in the state that those before it have led to, and calls check,
// which may be nil, at the beginning and after each. A failure shows the shortest sequence of commands that was found, as steps.
// s is made for the case; usually it is a pointer to a struct that holds what is tested and its model.
func Machine[S any](g *G, s S, check func(g *G, s S), commands ...Command[S]) {
	g.Helper()
	if check != nil {
		check(g, s)
	}
	n := 0
	g.repeat(0, maxSteps, func() {
		var enabled []uint64
		for i, c := range commands {
			if c.When == nil || c.When(s) {
				enabled = append(enabled, uint64(i))
			}
		}
		if len(enabled) == 0 {
			return
		}
		// The choice is one of all commands, so that it means the same when what comes before it changes. Then it may not be possible any more, and nothing is done.
		i := g.src.choose(uint64(len(commands)-1), func(r *rand.Rand) uint64 { return enabled[r.IntN(len(enabled))] })
		if !slices.Contains(enabled, i) {
			return
		}
		n++
		g.perform(n, commands[i].Name, func() { commands[i].Do(g, s) })
		if check != nil {
			check(g, s)
		}
	})
}

// perform does one step and notes it with what it drew, even if it fails.
func (g *G) perform(n int, name string, do func()) {
	var args []string
	g.step = &args
	defer func() {
		g.step = nil
		if g.describe {
			g.drawn = append(g.drawn, fmt.Sprintf("%d. %s(%s)", n, name, strings.Join(args, ", ")))
		}
	}()
	do()
}
