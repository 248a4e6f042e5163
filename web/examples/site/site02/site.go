// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/mux"
)

// A note is what somebody has written.
type note struct{ Author, Text string }

// A board holds notes. One loop calls everything, so it needs no lock.
type board struct{ notes []note }

// find returns the note that the path names.
func (b *board) find(r *web.Request) (note, error) {
	id, err := mux.As[int](r, "id")
	if err != nil {
		return note{}, err
	}
	if id < 1 || id > len(b.notes) {
		return note{}, web.NotFound("There is no such note.")
	}
	return b.notes[id-1], nil
}

func newRoot(b *board) web.Resource {
	m := new(mux.Mux)
	m.Func("GET /{$}", func(r *web.Request) {
		r.ResponseHeader().Set("Content-Type", "text/plain; charset=utf-8")
		for i, n := range b.notes {
			fmt.Fprintf(r, "%d. %s: %s\n", i+1, n.Author, n.Text)
		}
	})
	m.Handle("GET /notes/{id}", web.Returns(func(r *web.Request) (any, error) { return b.find(r) }))
	return m
}
