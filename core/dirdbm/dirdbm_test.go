// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package dirdbm_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/dirdbm"
)

func open(t *testing.T, dir string) *dirdbm.DB {
	t.Helper()
	db, err := dirdbm.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// content returns all that is in a database.
func content(t *testing.T, db *dirdbm.DB) map[string]string {
	t.Helper()
	all := map[string]string{}
	for entry, err := range db.All() {
		if err != nil {
			t.Fatal(err)
		}
		all[entry.Key] = string(entry.Value)
	}
	return all
}

func TestDictionary(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	db := open(t, dir)
	want := map[string]string{"a": "1", "\x00\xff?>/": "", strings.Repeat("k", dirdbm.MaxKey): "long", "b": strings.Repeat("v", 100_000)}
	for key, value := range want {
		for _, v := range []string{"to be replaced", value} {
			if err := db.Set(key, []byte(v)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 { // the second time after opening it anew
		if got := content(t, db); !maps.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if n, err := db.Len(); n != len(want) || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
		db = open(t, dir)
	}
	if when, err := db.ModTime("a"); err != nil || when.IsZero() {
		t.Errorf("got %v, %v", when, err)
	}
	if err := db.Delete("a"); err != nil || db.Has("a") || !db.Has("b") {
		t.Errorf("after deleting: %v", err)
	}
	if err := db.Clear(); err != nil {
		t.Fatal(err)
	}
	if got := content(t, db); len(got) != 0 {
		t.Errorf("after clearing: %q", got)
	}
}

func TestErrors(t *testing.T) {
	db := open(t, t.TempDir())
	_, getting := db.Get("none")
	_, dating := db.ModTime("none")
	for what, err := range map[string]error{"Get": getting, "Delete": db.Delete("none"), "ModTime": dating} {
		if !errors.Is(err, dirdbm.ErrNotFound) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, key := range []string{"", strings.Repeat("k", dirdbm.MaxKey+1)} {
		var bad *dirdbm.KeyError
		if err := db.Set(key, nil); !errors.As(err, &bad) || bad.Key != key {
			t.Errorf("a key of %d bytes: %v", len(key), err)
		}
	}
	if err := db.Set("v", make([]byte, dirdbm.MaxValue+1)); err == nil || db.Has("v") {
		t.Errorf("a value that is too long: %v", err)
	}
	if _, err := dirdbm.Open(filepath.Join(t.TempDir(), "no", "db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory that cannot be made: %v", err)
	}
}

// A value that cannot be written leaves the old one, and nothing beside it.
func TestSetFails(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	if err := db.Set("a", []byte("old")); err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 1 {
		t.Fatalf("%v, %v", names, err)
	}
	obstacle := filepath.Join(dir, names[0].Name()+".rpl", "x")
	if err := os.MkdirAll(obstacle, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := db.Set("a", []byte("new")); err == nil {
		t.Error("the value was written to a directory")
	}
	if got, err := db.Get("a"); string(got) != "old" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestRecovery: what a crash left between any two steps of writing is finished or undone.
func TestRecovery(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	for _, key := range []string{"both", "only"} {
		if err := db.Set(key, []byte("old")); err != nil {
			t.Fatal(err)
		}
	}
	for entry, name := range map[string]string{"Ym90aA==_": "Ym90aA==_.rpl", "b25seQ==_": "b25seQ==_.rpl", "": "bmV3_.new"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("written"), 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(entry, "b25") {
			if err := os.Remove(filepath.Join(dir, entry)); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := map[string]string{"both": "old", "only": "written"}
	if got := content(t, open(t, dir)); !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if names, _ := os.ReadDir(dir); len(names) != 2 {
		t.Errorf("left: %v", names)
	}
}

func TestCopyTo(t *testing.T) {
	from, dir := open(t, t.TempDir()), t.TempDir()
	if err := open(t, dir).Set("stale", nil); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if err := from.Set(fmt.Sprint(i), []byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	to, err := from.CopyTo(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	if got, want := content(t, to), content(t, from); !maps.Equal(got, want) || len(got) != 20 {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := to.CopyTo(dir); err == nil {
		t.Error("it was copied to itself")
	}
	if n, _ := to.Len(); n != 20 {
		t.Errorf("then it has %d", n)
	}
}

// TestTwisted has Twisted read what this package wrote, and the other way.
func TestTwisted(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's, which has Twisted
	if err := exec.Command(python, "-c", "import twisted.persisted.dirdbm").Run(); err != nil {
		t.Skip("python3-twisted is missing")
	}
	dir := t.TempDir()
	db := open(t, dir)
	keys := []string{"a", "/?\xff\x00", strings.Repeat("\xfb", 57), strings.Repeat("\xff\xef", 90)}
	for _, key := range keys {
		if err := db.Set(key, []byte("v"+key)); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(python, "-c", `
import sys
from twisted.persisted.dirdbm import DirDBM
db = DirDBM(sys.argv[1])
assert len(db) == 4, db.keys()
for k, v in db.items():
    assert v == b"v" + k, (k, v)
    db[k + b"2"] = v + b"2"
    db[k] = b"changed"
`, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := map[string]string{}
	for _, key := range keys {
		want[key], want[key+"2"] = "changed", "v"+key+"2"
	}
	if got := content(t, open(t, dir)); !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzName: names of keys are keys' again, and other names are none.
func FuzzName(f *testing.F) {
	f.Add("a")
	f.Add("YQ==_")
	f.Add("x.rpl")
	f.Fuzz(func(t *testing.T, name string) {
		if len(name) == 0 || len(name) > dirdbm.MaxKey {
			return
		}
		dir := t.TempDir()
		db := open(t, dir)
		if err := db.Set(name, nil); err != nil {
			t.Fatal(err)
		}
		if keys, err := db.Keys(); err != nil || !slices.Equal(keys, []string{name}) {
			t.Errorf("got %q, %v", keys, err)
		}
		if strings.ContainsAny(name, "/\x00") || name == "." || name == ".." {
			return
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			return // a name that the file system does not take
		}
		if keys, err := db.Keys(); err != nil || len(keys) > 2 {
			t.Errorf("got %q, %v", keys, err)
		}
	})
}
