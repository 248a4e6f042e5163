// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"github.com/torsion-go/torsion/core/internal/kqueue/kqueuetest"
	"github.com/torsion-go/torsion/core/internal/poll"
)

// The poller of macOS and the BSDs runs here over an imitation of their system call, woken in both of its ways.
func init() {
	for name, pipe := range map[string]bool{"kqueue": false, "kqueue woken by a pipe": true} {
		foreign[name] = func() (poll.Poller, error) {
			q, err := kqueuetest.Open()
			if err != nil {
				return nil, err
			}
			return poll.NewKqueue(q, poll.KqueueConfig{Name: name, Pipe: pipe})
		}
	}
}
