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

// TestConformanceForeign runs the suite over pollers that this system has not.
func TestConformanceForeign(t *testing.T) {
	for name, open := range foreign {
		for _, loops := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s-%d", name, loops), func(t *testing.T) {
				lent, takeBack := poll.Lend(poll.Source{Open: open, Now: time.Now})
				defer takeBack()
				reactortest.Run(t, func(*testing.T) reactor.Config { return reactor.Config{Poller: lent, Loops: loops} })
			})
		}
	}
}
