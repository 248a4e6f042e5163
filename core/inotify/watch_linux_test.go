// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/inotify"
	"github.com/torsion-go/torsion/core/reactor"
)

func TestEvents(t *testing.T) {
	each(t, func(g *rig) {
		g.watch("", inotify.Options{})
		g.write("a")
		g.must(os.Chmod(g.path("a"), 0o644))
		g.move("a", "b")
		g.mkdir("d")
		g.remove("b")
		_, err := os.ReadDir(g.dir) // open and access are not among the defaults
		g.must(err)
		g.want("create a", "modify a", "attrib a", "moved_from a", "moved_to b", "create|is_dir d", "delete b")
	})
}

func TestMaskOfAWatch(t *testing.T) {
	g := newRig(t, "")
	g.watch("", inotify.Options{Mask: inotify.CloseWrite | inotify.OnlyDir})
	g.write("a")
	g.want("close_write a")
	for _, tt := range []struct {
		name string
		mask inotify.Mask
		want error
	}{
		{"a", inotify.OnlyDir, syscall.ENOTDIR},
		{"none", 0, fs.ErrNotExist},
		{"a", inotify.IsDir, nil},
		{"a", 1 << 29, nil},
	} {
		w, err := g.n.Watch(g.path(tt.name), inotify.Options{Mask: tt.mask}, g.note)
		if err == nil || w != nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), g.path(tt.name)) {
			t.Errorf("%s %v: %v, %v", tt.name, tt.mask, w, err)
		}
	}
	if _, err := g.n.Watch("", inotify.Options{}, g.note); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no path: %v", err)
	}
	if n := g.n.Targets(); n != 1 {
		t.Errorf("%d targets", n)
	}
}

func TestCookieAndWatch(t *testing.T) {
	g := newRig(t, "")
	g.write("a")
	var events []inotify.Event
	w, err := g.n.Watch(g.dir, inotify.Options{Mask: inotify.Moved}, func(e inotify.Event) { events = append(events, e) })
	g.must(err)
	g.move("a", "b")
	g.sync()
	if len(events) != 2 || events[0].Cookie == 0 || events[0].Cookie != events[1].Cookie || events[0].Watch != w || w.Path() != g.dir {
		t.Errorf("%+v", events)
	}
}

func TestWatchTwice(t *testing.T) {
	g := newRig(t, "")
	w := g.watch("", inotify.Options{Mask: inotify.Create})
	again, err := g.n.Watch(g.dir+"/.", inotify.Options{Mask: inotify.All}, func(inotify.Event) { t.Error("the second callback was called") })
	if again != w || err != nil {
		t.Errorf("%p and %p, %v", w, again, err)
	}
	g.write("a")
	g.want("create a")
}

// Two names of a file share what the kernel has, and each reports what it was told to.
func TestTwoNames(t *testing.T) {
	g := newRig(t, "")
	g.mkdir("real")
	g.must(os.Symlink("real", g.path("link")))
	g.watch("real", inotify.Options{Mask: inotify.Create})
	g.watch("link", inotify.Options{Mask: inotify.CloseWrite})
	g.watch("link", inotify.Options{})
	g.write("real/a")
	g.want("create real/a", "close_write link/a")
	g.must(g.n.Ignore(g.path("real")))
	g.write("real/b")
	g.want("close_write link/b")
	g.must(g.n.Ignore(g.path("link")))
	g.watch("link", inotify.Options{Mask: inotify.DontFollow | inotify.Delete})
	g.write("real/c")
	if g.want(); g.n.Targets() != 1 {
		t.Errorf("%d targets", g.n.Targets())
	}
}

func TestIgnore(t *testing.T) {
	g := newRig(t, "")
	g.mkdir("a/b")
	if err := g.n.Ignore(g.path("a")); !errors.Is(err, inotify.ErrNotWatched) || !strings.Contains(err.Error(), g.path("a")) {
		t.Errorf("not watched: %v", err)
	}
	w := g.watch("", inotify.Options{Mask: inotify.Create, Recursive: true})
	own := g.watch("a/b", inotify.Options{Mask: inotify.Create})
	if w == own {
		t.Error("a path in a tree has no Watch of its own")
	}
	g.write("a/b/1")
	g.want("create a/b/1", "create a/b/1")
	g.must(g.n.Ignore(g.path("a/b"))) // its own
	g.write("a/b/2")
	g.want("create a/b/2")
	g.must(g.n.Ignore(g.path("a/b"))) // that of the tree
	g.write("a/b/3")
	g.write("a/3")
	g.want("create a/3")
	g.write("a/4") // told to nobody any more
	g.must(g.n.Ignore(g.dir))
	for _, path := range []string{"", "a", "a/b", "a/none"} {
		if err := g.n.Ignore(g.path(path)); !errors.Is(err, inotify.ErrNotWatched) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if g.want(); w.Active() || own.Active() || g.n.Targets() != 0 {
		t.Errorf("active: %v, %v; %d targets", w.Active(), own.Active(), g.n.Targets())
	}
}

// A deleted path ends its own watch, not the others, and may be watched again from the callback.
func TestDeleted(t *testing.T) {
	g := newRig(t, "")
	g.write("a")
	g.mkdir("d")
	var a *inotify.Watch
	var err error
	a, err = g.n.Watch(g.path("a"), inotify.Options{}, func(e inotify.Event) {
		g.note(e)
		if e.Mask == inotify.Ignored {
			if a.Active() {
				t.Error("the watch has not ended")
			}
			g.write("a")
			g.watch("a", inotify.Options{Mask: inotify.CloseWrite})
		}
	})
	g.must(err)
	g.watch("d", inotify.Options{Mask: inotify.Create})
	g.remove("a")
	g.want("attrib a", "delete_self a", "ignored a")
	g.write("d/x")
	g.write("a")
	g.want("create d/x", "close_write a")
	g.remove("d")
	g.want("ignored d")
}

func TestOneShot(t *testing.T) {
	g := newRig(t, "")
	g.mkdir("d")
	w := g.watch("", inotify.Options{Mask: inotify.Create | inotify.OneShot, Recursive: true})
	g.write("d/a")
	g.write("b")
	if g.want("create d/a"); w.Active() || g.n.Targets() != 0 {
		t.Error("it has not ended")
	}
}

func TestPanic(t *testing.T) {
	each(t, func(g *rig) {
		_, err := g.n.Watch(g.dir, inotify.Options{Mask: inotify.Create}, func(e inotify.Event) {
			g.note(e)
			panic("no " + filepath.Base(e.Path))
		})
		g.must(err)
		g.write("a")
		g.write("b")
		g.want("create a", "create b")
		if log := g.log.String(); !strings.Contains(log, `"no a"`) || !strings.Contains(log, `"no b"`) || !strings.Contains(log, "TestPanic") {
			t.Errorf("log: %s", log)
		}
	})
}

// Whoever makes files does not fill the log (class 61).
func TestPanicsAreBounded(t *testing.T) {
	g := newRig(t, "")
	_, err := g.n.Watch(g.dir, inotify.Options{Mask: inotify.Create}, func(e inotify.Event) {
		g.note(e)
		panic("no")
	})
	g.must(err)
	const n = 500
	var want []string
	for i := range n {
		g.write(fmt.Sprint(i))
		want = append(want, fmt.Sprint("create ", i))
	}
	g.want(want...)
	if lines := strings.Count(g.log.String(), "panic in a callback"); lines == 0 || lines > n/2 {
		t.Errorf("%d lines", lines)
	}
}

func TestClose(t *testing.T) {
	g := newRig(t, "")
	w := g.watch("", inotify.Options{AutoAdd: true})
	g.mkdir("d") // so that something is left to be done
	for len(g.got) == 0 {
		g.must(g.r.Iterate(-1))
	}
	g.n.Close()
	g.n.Close()
	if w.Active() {
		t.Error("a watch is active")
	}
	if _, err := g.n.Watch(g.dir, inotify.Options{}, g.note); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Watch: %v", err)
	}
	if err := g.n.Ignore(g.dir); !errors.Is(err, inotify.ErrNotWatched) {
		t.Errorf("Ignore: %v", err)
	}
	if len(g.r.Readers()) != 0 || len(g.r.DelayedCalls()) != 0 {
		t.Errorf("left: %v, %v", g.r.Readers(), g.r.DelayedCalls())
	}
}

func TestCloseFromCallback(t *testing.T) {
	g := newRig(t, "")
	n := 0
	g.must(os.Symlink(g.dir, g.dir+".link"))
	for _, path := range []string{g.dir, g.dir + ".link"} { // both are told
		_, err := g.n.Watch(path, inotify.Options{AutoAdd: true}, func(inotify.Event) { n++; g.n.Close() })
		g.must(err)
	}
	g.mkdir("d")
	g.write("a")
	for n == 0 {
		g.must(g.r.Iterate(-1))
	}
	g.must(g.r.Iterate(0))
	if n != 1 {
		t.Errorf("%d events", n)
	}
}

// A Notifier ends with its reactor, which here runs on a goroutine of its own.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := inotify.New(r.Loop)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- r.Run(context.Background()) }()
	first := deferred.New[string](r.Loop)
	w, err := deferred.BlockingCallFromThread(t.Context(), r.Loop, func() *deferred.Deferred[*inotify.Watch] {
		return deferred.Execute(r.Loop, func() (*inotify.Watch, error) {
			return n.Watch(dir, inotify.Options{Mask: inotify.CloseWrite}, func(e inotify.Event) { first.Callback(e.Path) })
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if path, err := first.Wait(t.Context()); path != filepath.Join(dir, "a") || err != nil {
		t.Errorf("%q, %v", path, err)
	}
	if err := r.Stop(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if w.Active() {
		t.Error("the watch is active")
	}
}
