// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/kqueue/kqueuetest"
	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// foreign opens the pollers of other systems over something that imitates those.
var foreign = map[string]func() (poll.Poller, error){
	"kqueue": func() (poll.Poller, error) {
		q, err := kqueuetest.Open()
		if err != nil {
			return nil, err
		}
		return poll.NewKqueue(q, poll.KqueueConfig{Name: "kqueue"})
	},
}

// eachForeign runs f for each of them, with a configuration that names it, and with 1 and 4 loops.
func eachForeign(t *testing.T, f func(t *testing.T, config func(*testing.T) reactor.Config)) {
	for name, open := range foreign {
		for _, loops := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s-%d", name, loops), func(t *testing.T) {
				lent, takeBack := poll.Lend(poll.Source{Open: open, Now: time.Now})
				defer takeBack()
				f(t, func(*testing.T) reactor.Config { return reactor.Config{Poller: lent, Loops: loops} })
			})
		}
	}
}

// TestConformanceForeign runs the suite over pollers that this system has not.
func TestConformanceForeign(t *testing.T) {
	eachForeign(t, func(t *testing.T, config func(*testing.T) reactor.Config) { reactortest.Run(t, config) })
}

// TestHostedConformanceForeign runs it in a host's main loop.
func TestHostedConformanceForeign(t *testing.T) {
	eachForeign(t, func(t *testing.T, config func(*testing.T) reactor.Config) { reactortest.RunWith(t, config, runHosted) })
}
