// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/inotify"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/reactor"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// A bench is a reactor with an INotify, and a directory.
type bench struct {
	t      *testing.T
	r      *reactor.Reactor
	n      *inotify.INotify
	dir    string
	events chan string
}

func newBench(t *testing.T) *bench {
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, r: r, dir: t.TempDir(), events: make(chan string, 1000)} // more than any test makes
	if b.n, err = inotify.New(r); err != nil {
		t.Fatal(err)
	}
	b.n.Logger = slog.New(slog.DiscardHandler)
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }()
	t.Cleanup(func() {
		r.CallFromThread(func() { r.Stop() })
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return b
}

// on calls f on the loop.
func (b *bench) on(f func() error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err := deferred.BlockingCallFromThread(ctx, b.r, func() *deferred.Deferred[struct{}] {
		return deferred.Execute(b.r, func() (struct{}, error) { return struct{}{}, f() })
	})
	return err
}

func (b *bench) watch(path string, opt inotify.Options) {
	b.t.Helper()
	opt.Notify = func(e inotify.Event) {
		rel, _ := filepath.Rel(b.dir, e.Path)
		b.events <- fmt.Sprintf("%s %v", rel, e.Mask)
	}
	if err := b.on(func() error { return b.n.Watch(filepath.Join(b.dir, path), opt) }); err != nil {
		b.t.Fatal(err)
	}
}

// next returns the next n events, in order.
func (b *bench) next(n int) []string {
	b.t.Helper()
	var out []string
	for len(out) < n {
		select {
		case e := <-b.events:
			out = append(out, e)
		case <-time.After(20 * time.Second):
			b.t.Fatalf("no more events after %q", out)
		}
	}
	return out
}

func (b *bench) expect(want ...string) {
	b.t.Helper()
	if got := b.next(len(want)); !slices.Equal(got, want) {
		b.t.Errorf("got %q, want %q", got, want)
	}
}

func (b *bench) expectSet(want ...string) {
	b.t.Helper()
	got := b.next(len(want))
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		b.t.Errorf("got %q, want %q", got, want)
	}
}

func (b *bench) path(rel string) string { return filepath.Join(b.dir, rel) }

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) write(rel string) {
	b.t.Helper()
	b.must(os.WriteFile(b.path(rel), []byte("x"), 0o600))
}

func (b *bench) watched() []string {
	var out []string
	b.on(func() error {
		for _, p := range b.n.Watched() {
			rel, _ := filepath.Rel(b.dir, p)
			out = append(out, rel)
		}
		return nil
	})
	return out
}

func TestChanges(t *testing.T) {
	b := newBench(t)
	b.watch(".", inotify.Options{})
	b.write("a")
	b.must(os.Rename(b.path("a"), b.path("b")))
	b.must(os.Chmod(b.path("b"), 0o644))
	b.must(os.Mkdir(b.path("d"), 0o755))
	b.must(os.Remove(b.path("b")))
	b.expect("a create", "a modify", "a moved_from", "b moved_to", "b attrib", "d create|is_dir", "b delete")
}

func TestMaskAndFile(t *testing.T) {
	b := newBench(t)
	b.write("a")
	b.watch("a", inotify.Options{Mask: inotify.CloseWrite | inotify.DeleteSelf})
	b.write("a")
	b.must(os.Remove(b.path("a")))
	b.expect("a close_write", "a delete_self")
	// The watch ends with its file; others go on.
	b.watch(".", inotify.Options{})
	b.write("c")
	b.expect("c create", "c modify")
	if got := b.watched(); !slices.Equal(got, []string{"."}) {
		t.Errorf("watched: %q", got)
	}
}

// A renaming has one cookie.
func TestCookie(t *testing.T) {
	b := newBench(t)
	b.write("a")
	cookies := make(chan uint32, 2)
	b.must(b.on(func() error {
		return b.n.Watch(b.dir, inotify.Options{Mask: inotify.Moved, Notify: func(e inotify.Event) { cookies <- e.Cookie }})
	}))
	b.must(os.Rename(b.path("a"), b.path("b")))
	if x, y := <-cookies, <-cookies; x == 0 || x != y {
		t.Errorf("cookies %d and %d", x, y)
	}
}

func TestWatchTwiceAndIgnore(t *testing.T) {
	b := newBench(t)
	b.watch(".", inotify.Options{Mask: inotify.Create})
	b.watch("./", inotify.Options{Mask: inotify.Delete}) // as if it had not been
	b.write("a")
	b.must(os.Remove(b.path("a")))
	b.write("b")
	b.expect("a create", "b create")
	b.must(b.on(func() error { return b.n.Ignore(b.dir) }))
	if err := b.on(func() error { return b.n.Ignore(b.dir) }); !errors.Is(err, inotify.ErrNotWatched) {
		t.Errorf("got %v", err)
	}
	if err := b.on(func() error { return b.n.Watch(b.path("none"), inotify.Options{}) }); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	b.write("c")
	b.watch(".", inotify.Options{Mask: inotify.Create})
	b.write("d")
	b.expect("d create")
}

// Directories that exist are watched by Recursive, those to come by AutoAdd, and nothing in them is missed or told twice.
func TestTree(t *testing.T) {
	b := newBench(t)
	b.must(os.MkdirAll(b.path("old/deep"), 0o755))
	b.watch(".", inotify.Options{Mask: inotify.Create, Recursive: true, AutoAdd: true})
	if got := b.watched(); !slices.Equal(got, []string{".", "old", "old/deep"}) {
		t.Errorf("watched: %q", got)
	}
	b.write("old/deep/a")
	b.expect("old/deep/a create")
	// The loop is held up, so that everything exists before the first directory can be watched.
	b.must(b.on(func() error {
		b.must(os.MkdirAll(b.path("new/x/y"), 0o755))
		b.write("new/f")
		b.write("new/x/y/z")
		return nil
	}))
	b.expectSet("new create|is_dir", "new/f create", "new/x create|is_dir", "new/x/y create|is_dir", "new/x/y/z create")
	b.write("new/x/y/late")
	b.expect("new/x/y/late create")
	// What was told by looking is told again when it is made again.
	b.must(os.Remove(b.path("new/f")))
	b.write("new/f")
	b.expect("new/f create")
	// A directory that moves keeps being watched, under its new name.
	b.must(os.Rename(b.path("new"), b.path("old/new")))
	b.expectSet("old/new/x create|is_dir", "old/new/f create", "old/new/x/y create|is_dir", "old/new/x/y/z create", "old/new/x/y/late create")
	b.write("old/new/x/again")
	b.expect("old/new/x/again create")
	b.must(os.RemoveAll(b.path("old")))
	b.write("end")
	b.expect("end create")
	if got := b.watched(); !slices.Equal(got, []string{"."}) {
		t.Errorf("watched: %q", got)
	}
	b.must(b.on(func() error { return b.n.Ignore(b.dir) }))
	if got := b.watched(); len(got) > 0 {
		t.Errorf("watched: %q", got)
	}
}

// Without AutoAdd a new directory is an event like any other.
func TestNoAutoAdd(t *testing.T) {
	b := newBench(t)
	b.watch(".", inotify.Options{Mask: inotify.Create, Recursive: true})
	b.must(b.on(func() error {
		b.must(os.Mkdir(b.path("d"), 0o755))
		b.write("d/f")
		b.write("g")
		return nil
	}))
	b.expect("d create|is_dir", "g create")
}

func TestClose(t *testing.T) {
	b := newBench(t)
	b.watch(".", inotify.Options{})
	b.must(b.on(b.n.Close))
	b.must(b.on(b.n.Close))
	if err := b.on(func() error { return b.n.Watch(b.dir, inotify.Options{}) }); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// Closing from inside Notify ends the events.
func TestCloseInNotify(t *testing.T) {
	b := newBench(t)
	b.must(b.on(func() error {
		return b.n.Watch(b.dir, inotify.Options{Notify: func(e inotify.Event) {
			b.events <- e.Mask.String()
			b.n.Close()
		}})
	}))
	b.must(b.on(func() error { b.write("a"); b.write("b"); return nil }))
	b.expect("create")
	if got := b.watched(); len(got) > 0 || len(b.events) > 0 {
		t.Errorf("watched %q, %d more events", got, len(b.events))
	}
}
