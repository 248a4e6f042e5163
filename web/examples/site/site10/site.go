// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"embed"
	"io/fs"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/compress"
	"github.com/torsion-go/torsion/web/mux"
	"github.com/torsion-go/torsion/web/static"
	"github.com/torsion-go/torsion/web/template"
)

// A note is what somebody has written.
type note struct {
	Author, Text string
	Picture      string `json:",omitempty"` // the name of a file
}

// A board holds notes. One loop calls everything, so it needs no lock.
type board struct {
	threads  deferred.Threads // the loop, and the threads beside it
	login    *login
	dir      string // of the pictures
	notes    []note
	waiting  map[*deferred.Deferred[note]]struct{} // for the next note
	stopping bool
}

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

//go:embed static
var assets embed.FS

func newRoot(b *board) (web.Resource, error) {
	pictures, err := static.Dir(b.dir, static.Config{})
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(assets, "static")
	if err != nil {
		return nil, err
	}
	m := new(mux.Mux)
	m.Handle("/static/", static.FS(files, static.Config{CacheControl: static.MaxAge(time.Hour, false)}))
	m.Handle("/pictures/", pictures)
	m.Func("POST /notes", b.post)
	m.Func("GET /live", b.live)
	m.Func("POST /login", b.login.logIn)
	m.Func("POST /logout", b.login.logOut)
	m.Handle("GET /{$}", template.Page{}.Resource(b.page))
	m.Handle("GET /notes/{id}", web.Returns(func(r *web.Request) (any, error) { return b.find(r) }))
	return compress.New(m, compress.Config{}), nil
}
