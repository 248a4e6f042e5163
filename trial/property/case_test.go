// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property_test

import (
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/task"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/trial/property"
)

// A property may wait for Deferreds on the reactor of a Case: it runs on the goroutine that drives it.
func TestInCase(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		r := tc.Reactor()
		property.Config{Dir: "-", Cases: 20}.Check(tc, func(g *property.G) {
			n := property.Int().Draw(g, "n")
			d := task.DeferLater(r, time.Microsecond, func() (int, error) { return n, nil })
			half, err := trial.Await(tc, deferred.Then(d, func(n int) (int, error) { return n / 2, nil }))
			assert.NoError(g, err)
			assert.Equal(g, half, n/2)
		})
	})
}
