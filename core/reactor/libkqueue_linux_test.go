// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build libkqueue

package reactor_test

import (
	"github.com/torsion-go/torsion/core/internal/kqueue/libkqueue"
	"github.com/torsion-go/torsion/core/internal/poll"
)

func init() {
	foreign["libkqueue"] = func() (poll.Poller, error) {
		q, err := libkqueue.Open()
		if err != nil {
			return nil, err
		}
		return poll.NewKqueue(q, poll.KqueueConfig{Name: "libkqueue", Eager: true})
	}
}
