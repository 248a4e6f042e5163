// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poll

import "github.com/torsion-go/torsion/core/internal/kqueue"

func newKqueue() (Poller, error) {
	q, err := kqueue.Open()
	if err != nil {
		return nil, err
	}
	return NewKqueue(q, KqueueConfig{Name: "kqueue", Pipe: !kqueue.HasUser})
}
