// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/inotify"
)

// touch, mv and mkdir -p deep in a watched tree.
func TestTree(t *testing.T) {
	each(t, func(g *rig) {
		g.mkdir("a/b")
		g.watch("", inotify.Options{AutoAdd: true, Recursive: true})
		g.write("a/b/1")
		g.want("create a/b/1", "modify a/b/1")
		g.mkdir("a/b/c/d/e")
		g.want("create|is_dir a/b/c", "create|is_dir a/b/c/d", "create|is_dir a/b/c/d/e")
		g.write("a/b/c/d/e/2")
		g.move("a/b/c/d/e/2", "a/3")
		g.want("create a/b/c/d/e/2", "modify a/b/c/d/e/2", "moved_from a/b/c/d/e/2", "moved_to a/3")
		g.remove("a")
		if g.sync(); g.n.Targets() != 1 || !slices.Contains(g.got, "delete_self a/b/c/d/e") || !slices.Contains(g.got, "delete|is_dir a") {
			t.Errorf("%d targets after %q", g.n.Targets(), g.got)
		}
		g.got = nil
		g.mkdir("a")
		g.write("a/4")
		g.wantSet("create|is_dir a", "create a/4")
	})
}

// What the tree got before its directories were watched is reported, and once.
func TestAppearedBefore(t *testing.T) {
	g := newRig(t, "")
	g.watch("", inotify.Options{AutoAdd: true, Mask: inotify.Create | inotify.CloseWrite | inotify.Delete | inotify.Moved})
	g.mkdir("a/b")
	g.write("a/1")
	g.write("a/b/2")
	g.must(os.Symlink("1", g.path("a/link")))
	g.wantSet("create|is_dir a", "create|is_dir a/b", "close_write|create a/1", "close_write|create a/b/2", "create a/link")
	g.remove("a/1")
	g.write("a/1")
	g.want("delete a/1", "create a/1", "close_write a/1")
}

// Files made by the callback are made between the watch and the scan of a directory: the kernel and the scan both see them.
func TestReportedOnce(t *testing.T) {
	g := newRig(t, "")
	_, err := g.n.Watch(g.dir, inotify.Options{AutoAdd: true, Mask: inotify.Create | inotify.Delete}, func(e inotify.Event) {
		g.note(e)
		switch e.Path {
		case g.path("a"):
			g.write("a/1")
			g.write("a/2")
			g.remove("a/2")
			g.write("a/2")
			g.write("a/3")
			g.remove("a/3")
			g.mkdir("a/b/c")
		case g.path("a/b"):
			g.write("a/b/4")
		}
	})
	g.must(err)
	g.mkdir("a")
	g.sync()
	count := map[string]int{}
	for _, e := range g.got {
		count[e]++
	}
	for _, e := range []string{"create a/1", "create|is_dir a/b", "create|is_dir a/b/c", "create a/b/4"} {
		if count[e] != 1 {
			t.Errorf("%q was told %d times, in %q", e, count[e], g.got)
		}
	}
	if count["create a/2"] != count["delete a/2"]+1 || count["create a/3"] > count["delete a/3"] {
		t.Errorf("got %q", g.got)
	}
}

// More directories than are read in one pass.
func TestManyDirectories(t *testing.T) {
	g := newRig(t, "")
	g.watch("", inotify.Options{AutoAdd: true, Mask: inotify.Create})
	g.mkdir("a")
	const n = 150
	for i := range n {
		g.mkdir(fmt.Sprintf("a/%03d", i))
		g.write(fmt.Sprintf("a/%03d/f", i))
	}
	g.wantSet(append(append(seq("create|is_dir a/%03d", n), seq("create a/%03d/f", n)...), "create|is_dir a")...)
}

func TestRecursiveOnly(t *testing.T) {
	g := newRig(t, "")
	g.mkdir("a/b")
	g.must(os.Symlink(g.dir, g.path("a/loop")))
	g.watch("", inotify.Options{Recursive: true, Mask: inotify.Create | inotify.Moved})
	g.mkdir("new")
	g.write("new/1")
	g.move("a/b", "a/c")
	g.write("a/c/2")
	g.want("create|is_dir new", "moved_from|is_dir a/b", "moved_to|is_dir a/c", "create a/c/2")
	if n := g.n.Targets(); n != 3 {
		t.Errorf("%d targets", n)
	}
}

func TestAutoAddOnly(t *testing.T) {
	g := newRig(t, "")
	g.mkdir("old")
	g.watch("", inotify.Options{AutoAdd: true, Mask: inotify.Create})
	g.mkdir("new")
	g.sync()
	g.write("old/1")
	g.write("new/2")
	g.want("create|is_dir new", "create new/2")
}

// Without the bits that a tree needs itself, it works and doesn't report them.
func TestTreeWithoutCreate(t *testing.T) {
	g := newRig(t, "")
	g.watch("", inotify.Options{AutoAdd: true, Recursive: true, Mask: inotify.Delete})
	g.mkdir("a/b")
	g.move("a", "c")
	g.write("c/b/1")
	g.sync()
	g.remove("c/b/1")
	g.want("delete c/b/1")
}

func TestMoveWithin(t *testing.T) {
	g := newRig(t, "")
	g.mkdir("a/b")
	g.mkdir("d")
	g.write("a/old")
	g.watch("", inotify.Options{AutoAdd: true, Recursive: true, Mask: inotify.Create | inotify.MovedTo})
	g.move("a", "x")
	g.move("x", "d/y") // the name between is gone before it is read
	g.want("moved_to|is_dir x", "moved_to|is_dir d/y")
	g.write("d/y/b/1")
	g.mkdir("d/y/b/c")
	g.sync()
	g.write("d/y/b/c/2")
	g.mkdir("a") // another
	g.sync()
	g.write("a/3")
	g.want("create d/y/b/1", "create|is_dir d/y/b/c", "create d/y/b/c/2", "create|is_dir a", "create a/3")
	g.must(g.n.Ignore(g.path("d/y")))
	g.write("d/y/b/4")
	g.write("d/5")
	g.want("create d/5")
}

// Moved out of the tree it is no longer watched; moved into it, it is as if it was made.
func TestMoveOutAndIn(t *testing.T) {
	g := newRig(t, "")
	g.mkdir("tree/a/b")
	g.write("tree/a/1")
	g.watch("tree", inotify.Options{AutoAdd: true, Recursive: true, Mask: inotify.Create | inotify.Moved})
	g.move("tree/a", "a")
	g.want("moved_from|is_dir tree/a")
	if n := g.n.Targets(); n != 1 {
		t.Errorf("%d targets", n)
	}
	g.write("a/b/2")
	g.want()
	g.move("a", "tree/z")
	g.wantSet("moved_to|is_dir tree/z", "create tree/z/1", "create|is_dir tree/z/b", "create tree/z/b/2")
	g.write("tree/z/b/3")
	g.want("create tree/z/b/3")
}

func TestMoveBetweenTrees(t *testing.T) {
	g := newRig(t, "")
	g.mkdir("a/d")
	g.mkdir("b")
	g.write("a/d/1")
	for _, tree := range []string{"a", "b"} {
		g.watch(tree, inotify.Options{AutoAdd: true, Recursive: true, Mask: inotify.Create | inotify.Moved})
	}
	g.move("a/d", "b/d")
	g.want("moved_from|is_dir a/d", "moved_to|is_dir b/d", "create b/d/1")
	g.write("b/d/2")
	g.want("create b/d/2")
	if n := g.n.Targets(); n != 3 {
		t.Errorf("%d targets", n)
	}
}

func TestExchange(t *testing.T) {
	g := newRig(t, "")
	g.mkdir("a/in-a")
	g.mkdir("b/in-b")
	g.watch("", inotify.Options{AutoAdd: true, Recursive: true, Mask: inotify.Create})
	if err := unix.Renameat2(unix.AT_FDCWD, g.path("a"), unix.AT_FDCWD, g.path("b"), unix.RENAME_EXCHANGE); err != nil {
		t.Skip(err)
	}
	g.want()
	g.write("a/in-b/1")
	g.write("b/in-a/2")
	g.want("create a/in-b/1", "create b/in-a/2")
	if n := g.n.Targets(); n != 5 {
		t.Errorf("%d targets", n)
	}
}

// A directory that takes the place of an empty one.
func TestMoveOver(t *testing.T) {
	g := newRig(t, "")
	g.mkdir("a/x")
	g.mkdir("b")
	g.watch("", inotify.Options{AutoAdd: true, Recursive: true, Mask: inotify.Create})
	g.must(unix.Rename(g.path("a"), g.path("b"))) // os.Rename refuses
	g.sync()
	g.got = nil
	g.write("b/x/1")
	g.want("create b/x/1")
	if n := g.n.Targets(); n != 3 {
		t.Errorf("%d targets", n)
	}
}

// The watched path itself goes on under the name it was given, and a new one of that name is not mistaken for it.
func TestRootMoved(t *testing.T) {
	g := newRig(t, "")
	g.mkdir("a/sub")
	w := g.watch("a", inotify.Options{AutoAdd: true, Recursive: true, Mask: inotify.Create | inotify.MoveSelf})
	g.move("a", "b")
	g.want("move_self a")
	g.mkdir("a/new")
	g.mkdir("b/new")
	g.write("b/1")
	g.write("b/sub/2")
	g.write("a/new/3")
	g.want("create|is_dir a/new", "create a/1", "create a/sub/2")
	if !w.Active() || g.n.Targets() != 2 {
		t.Errorf("active: %v; %d targets", w.Active(), g.n.Targets())
	}
}

func TestIgnoreFromCallback(t *testing.T) {
	g := newRig(t, "")
	_, err := g.n.Watch(g.dir, inotify.Options{AutoAdd: true, Mask: inotify.Create}, func(e inotify.Event) {
		g.note(e)
		if strings.HasSuffix(e.Path, "2") {
			g.must(g.n.Ignore(g.dir))
		}
	})
	g.must(err)
	g.mkdir("a/b")
	for i := range 5 {
		g.write(fmt.Sprintf("a/%d", i))
	}
	g.want("create|is_dir a", "create a/0", "create a/1", "create a/2")
}
