// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// add puts a note up, and gives it to all who wait.
func (b *board) add(n note) {
	b.notes = append(b.notes, n)
	waiting := b.waiting
	b.waiting = nil
	for d := range waiting {
		d.Callback(n)
	}
}

// note fires with note number i, counted from 0: at once, or when somebody has written it.
func (b *board) note(loop protocol.Loop, i int) *deferred.Deferred[note] {
	if i < len(b.notes) {
		return deferred.SucceedOn(loop, b.notes[i])
	}
	d := deferred.NewCancellable(loop, func(d *deferred.Deferred[note]) { delete(b.waiting, d) })
	if b.waiting == nil {
		b.waiting = map[*deferred.Deferred[note]]struct{}{}
	}
	b.waiting[d] = struct{}{}
	return d
}

// live sends the notes that are written from now on, until the client leaves.
func (b *board) live(r *web.Request) {
	r.ResponseHeader().Set("Content-Type", "text/plain; charset=utf-8")
	r.ResponseHeader().Set("Cache-Control", "no-store, no-transform") // an encoder for each who waits costs memory
	r.Flush()
	web.Later(r, deferred.Go(r.Loop(), func(co *deferred.Coroutine) (struct{}, error) {
		for i := len(b.notes); ; i++ {
			n, err := deferred.Await(co, b.note(r.Loop(), i))
			if err != nil {
				return struct{}{}, err
			}
			fmt.Fprintf(r, "%s: %q\n", n.Author, n.Text)
			r.Flush()
		}
	}), func(struct{}) {})
}
