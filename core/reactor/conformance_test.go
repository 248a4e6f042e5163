// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// TestSpinning runs the suite with a loop that spins before it sleeps.
func TestSpinning(t *testing.T) {
	reactortest.Run(t, func(*testing.T) reactor.Config { return reactor.Config{SpinWait: 50 * time.Microsecond} })
}

func TestConformance(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		for _, loops := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s-%d", poller, loops), func(t *testing.T) {
				reactortest.Run(t, func(*testing.T) reactor.Config { return reactor.Config{Poller: poller, Loops: loops} })
			})
		}
	}
}
