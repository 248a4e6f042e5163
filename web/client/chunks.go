// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"iter"

	"github.com/torsion-go/torsion/core/deferred"
)

// Chunks returns the pieces of the body, as they come, for a coroutine: a piece is good until the next one is asked for. What ends the body too early is the error of the last pair. To
// leave the loop ends the body. Loop only.
func (r *Response) Chunks(co *deferred.Coroutine) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var (
			waits *deferred.Deferred[struct{}]
			piece []byte
			end   error
			over  bool
		)
		wake := func() {
			if d := waits; d != nil {
				waits = nil
				d.Callback(struct{}{})
			}
		}
		r.StreamBody(func(p []byte) {
			piece = append(piece, p...)
			r.PauseBody()
			wake()
		}, func(err error) {
			over, end = true, err
			wake()
		})
		for {
			if len(piece) == 0 && !over {
				waits = deferred.New[struct{}](co.Loop())
				if _, err := deferred.Await(co, waits); err != nil { // the coroutine was cancelled
					waits = nil
					r.StopBody()
					yield(nil, r.failed(PhaseResponse, err))
					return
				}
			}
			switch {
			case len(piece) > 0:
				if !yield(piece, nil) {
					r.StopBody()
					return
				}
				piece = piece[:0]
				r.ResumeBody()
			case end != nil:
				yield(nil, end)
				return
			default:
				return
			}
		}
	}
}
