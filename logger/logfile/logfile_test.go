// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// read returns what is in the folder, by name.
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		if p, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil {
			all[e.Name()] = string(p)
		}
	}
	return all
}

func same(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if got := read(t, dir); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the folder has %q, want %q", got, want)
	}
}

func write(t *testing.T, f interface{ Write([]byte) (int, error) }, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if n, err := f.Write([]byte(l)); err != nil || n != len(l) {
			t.Fatalf("write %q: %d, %v", l, n, err)
		}
	}
}

func mustOpen(t *testing.T, path string, c Config) *LogFile {
	t.Helper()
	f, err := Open(path, &c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestDefaultSize is 2.5 MB in two old files.
func TestDefaultSize(t *testing.T) {
	dir := t.TempDir()
	f := mustOpen(t, filepath.Join(dir, "log"), Config{})
	line := strings.Repeat("x", 99) + "\n"
	for range 25000 {
		write(t, f, line)
	}
	for name, want := range map[string]int{"log": 500000, "log.1": 1000000, "log.2": 1000000} {
		if got := len(read(t, dir)[name]); got != want {
			t.Errorf("%s has %d octets, want %d", name, got, want)
		}
	}
	if logs, err := f.ListLogs(); err != nil || !slices.Equal(logs, []int{1, 2}) {
		t.Errorf("old files %v, %v", logs, err)
	}
}

func TestRotation(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	f := mustOpen(t, path, Config{MaxSize: 2, MaxRotated: 2})
	write(t, f, "1\n", "2\n", "3\n", "4", "4", "5\n")
	same(t, dir, map[string]string{"log": "5\n", "log.1": "44", "log.2": "3\n"})
	f.Close()
	f = mustOpen(t, path, Config{MaxSize: 2}) // a file that is there is gone on with
	write(t, f, "6\n")
	same(t, dir, map[string]string{"log": "6\n", "log.1": "5\n", "log.2": "44", "log.3": "3\n"})
	f = mustOpen(t, filepath.Join(dir, "other"), Config{MaxSize: -1})
	write(t, f, "a\n", "b\n")
	if err := f.Rotate(); err != nil {
		t.Fatal(err)
	}
	write(t, f, "c\n")
	if got := read(t, dir); got["other"] != "c\n" || got["other.1"] != "a\nb\n" {
		t.Errorf("after Rotate: %q", got)
	}
}

func TestOtherNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"log.0", "log.01", "log.-1", "log.x", "log.1.gz", "log.5", "logs.1", "log.99999999999999999999"} {
		os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600)
	}
	os.Mkdir(filepath.Join(dir, "log.7"), 0o700)
	f := mustOpen(t, filepath.Join(dir, "log"), Config{MaxSize: 1})
	write(t, f, "a", "b", "c")
	got := read(t, dir)
	for name, want := range map[string]string{"log": "c", "log.1": "b", "log.2": "a", "log.5": "log.5", "log.0": "log.0", "log.01": "log.01", "log.x": "log.x", "log.1.gz": "log.1.gz"} {
		if got[name] != want {
			t.Errorf("%s has %q, want %q", name, got[name], want)
		}
	}
	if logs, _ := f.ListLogs(); !slices.Equal(logs, []int{1, 2, 5}) {
		t.Errorf("old files %v", logs)
	}
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have access lists there, and no modes")
	}
	dir := t.TempDir()
	for name, tt := range map[string]struct{ before, mode, want fs.FileMode }{
		"kept": {0o604, 0, 0o604}, "given": {0, 0o666, 0o666}, "changed": {0o600, 0o640, 0o640},
	} {
		path := filepath.Join(dir, name)
		if tt.before != 0 {
			os.WriteFile(path, nil, 0o600)
			os.Chmod(path, tt.before)
		}
		f := mustOpen(t, path, Config{MaxSize: 1, Mode: tt.mode})
		write(t, f, "a", "b")
		for _, p := range []string{path, path + ".1"} {
			if info, err := os.Stat(p); err != nil || info.Mode().Perm() != tt.want {
				t.Errorf("%s: %v, %v, want %v", p, info.Mode(), err, tt.want)
			}
		}
	}
}

// TestNotWritable has a read-only file: it does not rotate, quietly.
func TestNotWritable(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	var told bytes.Buffer
	f := mustOpen(t, path, Config{MaxSize: 1, Fallback: &told})
	os.Chmod(path, 0o444)
	write(t, f, "a", "b", "c")
	if err := f.Rotate(); err != nil {
		t.Error(err)
	}
	same(t, dir, map[string]string{"log": "abc"})
	if told.Len() > 0 {
		t.Errorf("told %q", &told)
	}
}

// A clock stands still until it is moved.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func TestDaily(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	c := &clock{time.Now()}
	y, m, d := c.now.Date()
	day := func(n int) time.Time { return time.Date(y, m, d+n, 12, 0, 0, 0, time.Local) }
	name := func(n int) string {
		t := day(n)
		return fmt.Sprintf("log.%d_%d_%d", t.Year(), t.Month(), t.Day())
	}
	c.now = day(0)
	f, err := OpenDaily(path, &Config{Now: c.Now, MaxRotated: 2, MaxSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	write(t, f, "a\n", "b\n")
	c.now = day(1)
	write(t, f, "c\n")
	same(t, dir, map[string]string{"log": "c\n", name(0): "a\nb\n"})
	if err := f.Rotate(); err != nil {
		t.Fatal(err)
	}
	write(t, f, "d\n")
	f.Rotate() // there is a file of that name already
	write(t, f, "e\n")
	same(t, dir, map[string]string{"log": "d\ne\n", name(1): "c\n", name(0): "a\nb\n"})
	c.now = day(3).Add(time.Hour)
	write(t, f, "f\n") // the day of d and e has a file: no rotation, nothing lost
	same(t, dir, map[string]string{"log": "d\ne\nf\n", name(1): "c\n", name(0): "a\nb\n"})
	c.now = day(4)
	write(t, f, "g\n")
	same(t, dir, map[string]string{"log": "g\n", name(3): "d\ne\nf\n", name(1): "c\n"})
	logs, err := f.ListLogs()
	if err != nil || len(logs) != 2 || dateOf(logs[0]) != dateOf(day(3)) {
		t.Errorf("old files %v, %v", logs, err)
	}
	for at, want := range map[int]string{4: "g\n", 1: "c\n"} {
		r, err := f.Log(day(at))
		if err != nil {
			t.Fatal(err)
		}
		if lines, _ := r.ReadLines(0); strings.Join(lines, "") != want {
			t.Errorf("day %d: %q", at, lines)
		}
		r.Close()
	}
	if _, err := f.Log(day(0)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// TestDayOfAnOldFile goes on with a file that was last written on another day.
func TestDayOfAnOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	os.WriteFile(path, []byte("old\n"), 0o600)
	os.Chtimes(path, time.Time{}, time.Date(2024, 2, 9, 12, 0, 0, 0, time.Local))
	f, err := OpenDaily(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	write(t, f, "new\n")
	same(t, dir, map[string]string{"log": "new\n", "log.2024_2_9": "old\n"})
}

func TestSizeAndDay(t *testing.T) {
	dir := t.TempDir()
	c := &clock{time.Now()}
	f := mustOpen(t, filepath.Join(dir, "log"), Config{MaxSize: 4, Daily: true, Now: c.Now})
	write(t, f, "a\n")
	c.now = c.now.AddDate(0, 0, 1)
	write(t, f, "b\n", "c\n", "d\n")
	same(t, dir, map[string]string{"log": "d\n", "log.1": "b\nc\n", "log.2": "a\n"})
}

func TestReopen(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open cannot be renamed there")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	f := mustOpen(t, path, Config{})
	write(t, f, "a\n")
	os.Rename(path, path+".moved")
	write(t, f, "b\n")
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	write(t, f, "c\n")
	same(t, dir, map[string]string{"log": "c\n", "log.moved": "a\nb\n"})
}

// TestVanishedFolder goes on with the file that is open, and makes a new one as soon as that is possible.
func TestVanishedFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sub")
	os.Mkdir(dir, 0o700)
	var told bytes.Buffer
	c := &clock{time.Now()}
	f := mustOpen(t, filepath.Join(dir, "log"), Config{MaxSize: 1, Fallback: &told, Now: c.Now})
	write(t, f, "a")
	if err := os.Rename(dir, dir+".gone"); err != nil {
		t.Fatal(err)
	}
	write(t, f, "b", "c")
	if err := f.Reopen(); err == nil {
		t.Error("reopened in no folder")
	}
	c.now = c.now.Add(2 * retry)
	write(t, f, "d")
	same(t, dir+".gone", map[string]string{"log": "abcd"})
	if strings.Count(told.String(), "\n") != 1 {
		t.Errorf("told %q", &told)
	}
	os.Mkdir(dir, 0o700)
	c.now = c.now.Add(2 * retry)
	write(t, f, "e")
	same(t, dir, map[string]string{"log": "e"})
}

func TestClosed(t *testing.T) {
	f := mustOpen(t, filepath.Join(t.TempDir(), "log"), Config{})
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := f.Write([]byte("x"))
	for _, err := range []error{err, f.Rotate(), f.Reopen(), f.Close()} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v", err)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "no", "log"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestConcurrent(t *testing.T) {
	dir := t.TempDir()
	f := mustOpen(t, filepath.Join(dir, "log"), Config{MaxSize: 1000})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				fmt.Fprintf(f, "%d-%d\n", g, i)
				if i == 100 {
					f.Rotate()
					f.Reopen()
				}
			}
		})
	}
	wg.Wait()
	seen := map[string]int{}
	for _, text := range read(t, dir) {
		for line := range strings.Lines(text) {
			seen[line]++
		}
	}
	for g := range 4 {
		for i := range 200 {
			if n := seen[fmt.Sprintf("%d-%d\n", g, i)]; n != 1 {
				t.Fatalf("line %d of %d is there %d times", i, g, n)
			}
		}
	}
}

func TestReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	long := strings.Repeat("y", maxLine+10)
	os.WriteFile(path, []byte("a\n\n"+long+"\nend"), 0o600)
	r, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, want := range [][]string{{"a\n", "\n"}, {long[:maxLine], long[maxLine:] + "\n"}, {"end"}, nil} {
		got, err := r.ReadLines(2)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%d lines, %v, want %d", len(got), err, len(want))
		}
	}
	f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	f.WriteString("\nmore\n")
	f.Close()
	if got, _ := r.ReadLines(0); !slices.Equal(got, []string{"\n", "more\n"}) {
		t.Errorf("%q", got)
	}
}
