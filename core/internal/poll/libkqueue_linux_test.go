// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build libkqueue

package poll_test

import (
	"github.com/torsion-go/torsion/core/internal/kqueue/libkqueue"
	"github.com/torsion-go/torsion/core/internal/poll"
)

func init() {
	keepsDescriptors = true
	const name = "libkqueue"
	foreign[name] = func() (poll.Poller, error) {
		q, err := libkqueue.Open()
		if err != nil {
			return nil, err
		}
		return poll.NewKqueue(q, poll.KqueueConfig{Name: name, Eager: true})
	}
}
