// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package core_test

import (
	"fmt"
	"testing"

	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
)

// ended notes the end of a child.
type ended struct {
	process.Base
	over bool
}

func (e *ended) ProcessEnded(*process.Transport, error) { e.over = true }

// A child is listed by its loop until it is gone, with the place where it was spawned, and can be killed there.
func TestChildIsAnItem(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		r, e := tc.Reactor(), new(ended)
		sleep := process.Config{Path: "sleep", Args: []string{"sleep", "1000"}}
		children := func(n int, when string) (all []reactor.Item) {
			tc.Helper()
			for _, i := range r.Items() {
				if i.Kind == "child process" {
					all = append(all, i)
				}
			}
			assert.Equal(tc, len(all), n, "%s there are %v", when, all)
			return all
		}
		starting := process.Spawn(r, sleep, e)
		all := children(1, "before it has started")
		assert.Equal(tc, all[0].About, "sleep")
		assert.Substring(tc, "process_test.go:", all[0].Origin.String())
		child := trial.Must(tc, starting)
		all = children(1, "when it has started")
		assert.Equal(tc, all[0].About, fmt.Sprintf("%d, sleep", child.PID()))
		all[0].End()
		tc.Until(func() bool { return e.over })
		children(0, "when it has ended")

		given := process.Spawn(r, sleep, e)
		children(1, "again")[0].End() // before it has started
		children(0, "given up")
		if _, err := trial.Await(tc, given); err == nil {
			tc.Error("it was given up, and started")
		}
		if _, err := trial.Await(tc, process.Spawn(r, process.Config{Path: "/no/such/program"}, e)); err == nil {
			tc.Error("no such program, and it started")
		}
		children(0, "without such a program")
	})
}
