// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/inotify"
	"github.com/torsion-go/torsion/core/reactor"
)

// A rig is a reactor that the test drives, a Notifier on it, and a directory.
type rig struct {
	*testing.T
	r      *reactor.Reactor
	n      *inotify.Notifier
	faulty inotify.Faulty
	log    bytes.Buffer
	dir    string
	got    []string // events, as "create|is_dir a/b"
}

func newRig(t *testing.T, poller string) *rig {
	g := &rig{T: t, dir: filepath.Join(t.TempDir(), "dir")}
	g.mkdir("")
	var err error
	if g.r, err = reactor.New(reactor.Config{Poller: poller, Logger: slog.New(slog.NewTextHandler(&g.log, nil))}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.r.Close() })
	if g.n, err = inotify.NewFaulty(g.r.Loop, &g.faulty); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *rig) path(name string) string { return filepath.Join(g.dir, name) }

func (g *rig) must(err error) {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
}

func (g *rig) mkdir(name string) { g.Helper(); g.must(os.MkdirAll(g.path(name), 0o700)) }
func (g *rig) write(name string) {
	g.Helper()
	g.must(os.WriteFile(g.path(name), []byte("x"), 0o600))
}
func (g *rig) move(from, to string) { g.Helper(); g.must(os.Rename(g.path(from), g.path(to))) }
func (g *rig) remove(name string)   { g.Helper(); g.must(os.RemoveAll(g.path(name))) }

// note is the callback of most watches.
func (g *rig) note(e inotify.Event) {
	path, err := filepath.Rel(g.dir, e.Path)
	g.must(err)
	text := e.Mask.String() + " " + path
	if e.Err != nil {
		text += " " + e.Err.Error()
	}
	g.got = append(g.got, text)
}

func (g *rig) watch(name string, opt inotify.Options) *inotify.Watch {
	g.Helper()
	w, err := g.n.Watch(g.path(name), opt, g.note)
	g.must(err)
	return w
}

// sync drives the loop until everything that has happened so far was told. It is known by what happens last.
func (g *rig) sync() {
	g.Helper()
	dir := g.TempDir()
	seen := false
	_, err := g.n.Watch(dir, inotify.Options{Mask: inotify.Create}, func(inotify.Event) { seen = true })
	g.must(err)
	g.must(os.Mkdir(filepath.Join(dir, "x"), 0o700))
	for !seen || !g.n.Idle() {
		g.must(g.r.Iterate(-1))
	}
	g.must(g.n.Ignore(dir))
}

// want syncs and compares the events since the last time, in order.
func (g *rig) want(want ...string) {
	g.Helper()
	g.sync()
	if !slices.Equal(g.got, want) {
		g.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(g.got, "\n\t"), strings.Join(want, "\n\t"))
	}
	g.got = nil
}

// wantSet is want without the order.
func (g *rig) wantSet(want ...string) {
	g.Helper()
	g.sync()
	slices.Sort(g.got)
	slices.Sort(want)
	g.want(want...)
}

// each runs a test over every poller.
func each(t *testing.T, f func(g *rig)) {
	for _, poller := range reactor.Pollers() {
		t.Run(poller, func(t *testing.T) { f(newRig(t, poller)) })
	}
}

func seq(format string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf(format, i))
	}
	return all
}
