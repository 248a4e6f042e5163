// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package run

import (
	"context"
	"fmt"

	"github.com/torsion-go/torsion/tools/bench/internal/load"
	"github.com/torsion-go/torsion/tools/bench/internal/report"
)

// broadcast has the first client say something, in rounds, that the server sends to all connections. A first one is not counted.
func (p IdlePlan) broadcast(ctx context.Context, res *report.Idle, proc *process, holders []*holder, held int) error {
	b := &report.Broadcast{Conns: held, Size: load.RoomSize}
	for round := range p.Rounds + 1 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		before, err := proc.cpu()
		if err != nil {
			return err
		}
		answers := make(chan holderReply, len(holders)) // one from each
		for k, h := range holders {
			go func() { // ends with its answer
				a, err := h.request(holderRequest{Await: round + 1, Say: k == 0})
				answers <- holderReply{a, err}
			}()
		}
		var said, last int64
		var failed error
		for range holders {
			a := <-answers
			if a.err != nil {
				failed = a.err
				continue
			}
			said, last = max(said, a.Said), max(last, a.At)
		}
		if failed != nil {
			return fmt.Errorf("broadcast: %w%s", failed, proc.said)
		}
		after, err := proc.cpu()
		if err != nil {
			return err
		}
		if round > 0 {
			b.Took, b.CPU = append(b.Took, float64(last-said)), append(b.CPU, float64(after-before))
		}
	}
	var err error
	if b.RSS, _, err = proc.memory(); err != nil {
		return err
	}
	res.Broadcast = b
	return nil
}

type holderReply struct {
	holderAnswer
	err error
}
