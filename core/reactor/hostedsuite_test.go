// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"fmt"
	"testing"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// TestHostedConformance runs the suite in a host's main loop.
func TestHostedConformance(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		for _, loops := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s-%d", poller, loops), func(t *testing.T) {
				config := func(*testing.T) reactor.Config { return reactor.Config{Poller: poller, Loops: loops} }
				reactortest.RunWith(t, config, runHosted)
			})
		}
	}
}
