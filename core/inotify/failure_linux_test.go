// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/inotify"
)

// overflow has the kernel's queue overflow. Two files take turns, as the kernel joins events that are equal.
func (g *rig) overflow() {
	g.Helper()
	text, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	g.must(err)
	limit, err := strconv.Atoi(strings.TrimSpace(string(text)))
	g.must(err)
	if limit > 1<<17 {
		g.Skipf("a queue of %d events", limit)
	}
	var files [2]*os.File
	for i := range files {
		files[i], err = os.Create(g.path("flood/" + strconv.Itoa(i)))
		g.must(err)
		defer files[i].Close()
	}
	for i := range limit + 2 {
		_, err := files[i%2].WriteAt([]byte("x"), 0)
		g.must(err)
	}
}

// Every watch is told, and trees have what they missed.
func TestOverflow(t *testing.T) {
	g := newRig(t, "")
	for _, dir := range []string{"flood", "tree/gone/sub", "tree/moved/sub", "dead", "replaced", "plain"} {
		g.mkdir(dir)
	}
	for _, dir := range []string{"dead", "replaced", "plain"} {
		g.watch(dir, inotify.Options{Mask: inotify.Create})
	}
	tree := g.watch("tree", inotify.Options{AutoAdd: true, Recursive: true, Mask: inotify.Create})
	_, err := g.n.Watch(g.path("flood"), inotify.Options{Mask: inotify.Modify}, func(e inotify.Event) {
		if e.Mask != inotify.Modify {
			g.note(e)
		}
	})
	g.must(err)
	g.overflow()
	g.write("plain/lost")
	g.mkdir("tree/new/sub") // all of which the kernel doesn't tell
	g.write("tree/new/1")
	g.remove("tree/gone")
	g.move("tree/moved", "tree/here")
	g.remove("dead")
	g.move("replaced", "elsewhere")
	g.mkdir("replaced")
	for len(g.got) == 0 { // sync would overflow, too
		g.must(g.r.Iterate(-1))
	}
	g.wantSet("queue_overflow dead", "queue_overflow flood", "queue_overflow plain", "queue_overflow replaced", "queue_overflow tree",
		"create|is_dir tree/new", "create|is_dir tree/new/sub", "create tree/new/1", "ignored dead", "ignored replaced")
	g.write("tree/new/sub/2")
	g.write("tree/here/sub/3")
	g.write("plain/4")
	g.want("create tree/new/sub/2", "create tree/here/sub/3", "create plain/4")
	if !tree.Active() || g.n.Targets() != 7 { // flood, plain, and five of the tree
		t.Errorf("active: %v; %d targets", tree.Active(), g.n.Targets())
	}
}

func TestWatchLimit(t *testing.T) {
	g := newRig(t, "")
	g.mkdir("a/b")
	full := ""
	g.faulty.Add = func(path string) error {
		if full != "" && strings.HasSuffix(path, full) {
			return syscall.ENOSPC
		}
		return nil
	}
	explained := func(err error) bool {
		return errors.Is(err, syscall.ENOSPC) && strings.Contains(err.Error(), "fs.inotify.max_user_watches") && strings.Contains(err.Error(), g.path(full))
	}
	for _, full = range []string{"dir", "a/b"} {
		w, err := g.n.Watch(g.dir, inotify.Options{Recursive: true}, g.note)
		if full == "dir" && (w != nil || !errors.Is(err, syscall.ENOSPC)) || full != "dir" && (w != nil || !explained(err)) {
			t.Errorf("%s: %v, %v", full, w, err)
		}
		if n := g.n.Targets(); n != 0 {
			t.Errorf("%s: %d targets", full, n)
		}
	}
	full = "new"
	var failed []inotify.Event
	_, err := g.n.Watch(g.dir, inotify.Options{AutoAdd: true, Mask: inotify.Create}, func(e inotify.Event) {
		if e.Err != nil {
			failed = append(failed, e)
			return
		}
		g.note(e)
	})
	g.must(err)
	g.mkdir("new")
	g.mkdir("c/new")
	g.wantSet("create|is_dir new", "create|is_dir c", "create|is_dir c/new")
	if len(failed) != 2 || failed[0].Path != g.path("new") || failed[1].Path != g.path("c/new") || failed[0].Mask != 0 || !explained(failed[0].Err) {
		t.Errorf("failed: %+v", failed)
	}
}

func TestInstanceLimit(t *testing.T) {
	if err := inotify.ExplainOpen(syscall.EMFILE); !errors.Is(err, syscall.EMFILE) || !strings.Contains(err.Error(), "fs.inotify.max_user_instances") {
		t.Error(err)
	}
	if err := inotify.ExplainOpen(syscall.ENOMEM); !errors.Is(err, syscall.ENOMEM) || strings.Contains(err.Error(), "sysctl") {
		t.Error(err)
	}
}

// What is denied is told, and nothing is left watched.
func TestDenied(t *testing.T) {
	g := newRig(t, "")
	g.mkdir("a/b")
	g.faulty.Add = func(path string) error {
		if strings.HasSuffix(path, "/b") {
			return syscall.EACCES
		}
		return nil
	}
	if _, err := g.n.Watch(g.dir, inotify.Options{Recursive: true}, g.note); !errors.Is(err, fs.ErrPermission) || g.n.Targets() != 0 {
		t.Errorf("%v, %d targets", err, g.n.Targets())
	}
	g.watch("", inotify.Options{AutoAdd: true, Mask: inotify.Create})
	g.mkdir("c/b")
	g.want("create|is_dir c", "create|is_dir c/b", fmt.Sprintf("0 c/b inotify: watch %q: permission denied", g.path("c/b")))
}

// A queue that cannot be read, or holds nonsense, ends the Notifier, and everybody is told.
func TestUnreadable(t *testing.T) {
	for _, tt := range []struct {
		name  string
		bytes []byte
		fail  error
		want  error
	}{
		{"fails", nil, syscall.EIO, syscall.EIO},
		{"cut", appendRecord(nil, 1, inotify.Create, 0, "name")[:20], nil, inotify.ErrMalformed},
		{"header", []byte{1}, nil, inotify.ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newRig(t, "")
			g.mkdir("d")
			var got []inotify.Event
			for _, path := range []string{"", "d"} {
				_, err := g.n.Watch(g.path(path), inotify.Options{}, func(e inotify.Event) { got = append(got, e) })
				g.must(err)
			}
			g.faulty.Bytes, g.faulty.Fail = tt.bytes, tt.fail
			g.write("a")
			for len(got) == 0 {
				g.must(g.r.Iterate(-1))
			}
			if len(got) != 2 || got[0].Mask != inotify.Ignored || !errors.Is(got[0].Err, tt.want) || got[1].Watch.Active() {
				t.Errorf("%+v", got)
			}
			if len(g.r.Readers()) != 0 || !strings.Contains(g.log.String(), "reading events failed") {
				t.Errorf("%d readers, log %s", len(g.r.Readers()), g.log.String())
			}
		})
	}
}

// Events of what nobody watches, which follow Ignore, are dropped.
func TestStrangers(t *testing.T) {
	g := newRig(t, "")
	g.watch("", inotify.Options{})
	g.faulty.Bytes = appendRecord(appendRecord(nil, 77, inotify.Create, 0, "x"), 77, inotify.Ignored, 0, "")
	g.write("a")
	g.want("create a", "modify a")
}
