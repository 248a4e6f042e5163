// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A faulty file layer fails one call: the nth, or all of a kind.
type faulty struct {
	system
	calls, nth int
	err        error
	open       int // files that are
	full       bool
	partial    int // what a write to a full disk writes
}

func (l *faulty) fault() error {
	if l.calls++; l.calls == l.nth {
		return l.err
	}
	return nil
}

func (l *faulty) OpenFile(name string, flag int, mode fs.FileMode) (file, error) {
	if err := l.fault(); err != nil {
		return nil, err
	}
	f, err := l.system.OpenFile(name, flag, mode)
	if err != nil {
		return nil, err
	}
	l.open++
	return &faultyFile{file: f, l: l}, nil
}

func (l *faulty) Rename(from, to string) error {
	if err := l.fault(); err != nil {
		return err
	}
	if info, err := os.Stat(to); err == nil && info.Size() > 0 {
		panic("a file would be overwritten: " + to)
	}
	return l.system.Rename(from, to)
}

func (l *faulty) Remove(name string) error {
	if err := l.fault(); err != nil {
		return err
	}
	return l.system.Remove(name)
}

func (l *faulty) Chmod(name string, mode fs.FileMode) error {
	if err := l.fault(); err != nil {
		return err
	}
	return l.system.Chmod(name, mode)
}

func (l *faulty) Stat(name string) (fs.FileInfo, error) {
	if err := l.fault(); err != nil {
		return nil, err
	}
	return l.system.Stat(name)
}

func (l *faulty) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := l.fault(); err != nil {
		return nil, err
	}
	return l.system.ReadDir(name)
}

type faultyFile struct {
	file
	l *faulty
}

func (f *faultyFile) Write(p []byte) (int, error) {
	err := f.l.fault()
	if f.l.full {
		err = syscall.ENOSPC
	}
	if err != nil {
		n, _ := f.file.Write(p[:min(f.l.partial, len(p))])
		return n, err
	}
	return f.file.Write(p)
}

func (f *faultyFile) Stat() (fs.FileInfo, error) {
	if err := f.l.fault(); err != nil {
		return nil, err
	}
	return f.file.Stat()
}

func (f *faultyFile) Close() error {
	f.l.open--
	err := f.file.Close()
	if fault := f.l.fault(); fault != nil {
		return fault
	}
	return err
}

// TestEveryFault fails the first call to the system, then the second, and so on until nothing fails any more: every line whose Write succeeded is in one of the files, once, the
// next line can be written, no file stays open.
func TestEveryFault(t *testing.T) {
	faults := []error{syscall.EIO, syscall.EACCES, syscall.ENOENT}
	if runtime.GOOS == "windows" {
		faults = faults[:1] // calls for files take many times as long there
	}
	for _, fault := range faults {
		for _, closing := range []bool{false, true} {
			nth := 1
			for ; nth < 1000; nth++ {
				layer := &faulty{nth: nth, err: fault, partial: nth % 3}
				everyFault(t, fmt.Sprintf("%v, call %d, closing %v", fault, nth, closing), layer, closing)
				if layer.calls < nth {
					break
				}
			}
			if nth < 50 || nth == 1000 {
				t.Errorf("ended at call %d", nth)
			}
		}
	}
}

func everyFault(t *testing.T, name string, layer *faulty, closing bool) {
	dir := t.TempDir()
	c := &clock{time.Now()}
	config := &Config{MaxSize: 10, Mode: 0o600, Now: c.Now, Fallback: new(bytes.Buffer), files: layer, closeToRename: closing}
	f, err := Open(filepath.Join(dir, "log"), config)
	if err != nil {
		if f, err = Open(filepath.Join(dir, "log"), config); err != nil {
			t.Fatalf("%s: a second Open failed: %v", name, err)
		}
	}
	var written []string
	failures := 0
	for i := range 20 {
		line := fmt.Sprintf("line %d\n", i)
		if _, err := f.Write([]byte(line)); err == nil {
			written = append(written, line)
		} else if failures++; failures > 1 {
			t.Errorf("%s: one fault, and a second error: %v", name, err)
		}
		switch i {
		case 5:
			f.Rotate()
		case 9:
			f.Reopen()
		case 12:
			c.now = c.now.Add(2 * retry)
		}
	}
	f.Close()
	if layer.open != 0 {
		t.Errorf("%s: %d files are open", name, layer.open)
	}
	seen := map[string]int{}
	for _, text := range read(t, dir) {
		for line := range strings.Lines(text) {
			seen[line]++
		}
	}
	for _, line := range written {
		if seen[line] != 1 {
			t.Errorf("%s: %q is there %d times", name, line, seen[line])
		}
	}
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	var told bytes.Buffer
	layer := &faulty{partial: 2}
	f := mustOpen(t, filepath.Join(dir, "log"), Config{Fallback: &told, files: layer})
	write(t, f, "one\n")
	layer.full = true
	for range 3 {
		if n, err := f.Write([]byte("two\n")); !errors.Is(err, syscall.ENOSPC) || n > 2 {
			t.Fatalf("%d, %v", n, err)
		}
		layer.partial = 0
	}
	layer.full = false
	write(t, f, "three\n", "four\n")
	same(t, dir, map[string]string{"log": "one\ntw\nthree\nfour\n"})
	if f.Errors() != 3 || strings.Count(told.String(), "\n") != 2 || !strings.Contains(told.String(), "3 writes failed") {
		t.Errorf("%d errors, told %q", f.Errors(), &told)
	}
}

// TestTornThenReopened: a line that was cut does not swallow the first one after Reopen, whether the file is the same or not.
func TestTornThenReopened(t *testing.T) {
	for _, moved := range []bool{false, true} {
		if moved && runtime.GOOS == "windows" {
			t.Skip("a file that is open cannot be renamed there")
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "log")
		layer := &faulty{partial: 2}
		f := mustOpen(t, path, Config{Fallback: new(bytes.Buffer), files: layer})
		layer.full = true
		if n, err := f.Write([]byte("one\n")); n != 2 || err == nil {
			t.Fatal(n, err)
		}
		layer.full = false
		want := map[string]string{"log": "on\ntwo\n"}
		if moved {
			if err := os.Rename(path, path+".moved"); err != nil {
				t.Fatal(err)
			}
			want = map[string]string{"log": "two\n", "log.moved": "on"}
		}
		if err := f.Reopen(); err != nil {
			t.Fatal(err)
		}
		write(t, f, "two\n")
		same(t, dir, want)
	}
}

// TestFullTmpfs is a disk of 64 KiB, if this process may mount one.
func TestFullTmpfs(t *testing.T) {
	dir := t.TempDir()
	if err := mount(dir); err != nil {
		t.Skip("no tmpfs of our own: ", err)
	}
	defer unmount(dir)
	var told bytes.Buffer
	f, err := Open(filepath.Join(dir, "log"), &Config{MaxSize: 20000, Fallback: &told})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	line := []byte(strings.Repeat("x", 999) + "\n")
	failed := uint64(0)
	for range 100 {
		if _, err := f.Write(line); err != nil {
			failed++
		}
	}
	if failed == 0 || f.Errors() != failed || strings.Count(told.String(), "\n") != 1 {
		t.Errorf("%d of 100 failed, %d counted, told %q", failed, f.Errors(), &told)
	}
	r, err := f.Log(1)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if err := os.Remove(f.numberedPath(2)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(line); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// TestFallbackWritesHere has the fallback log to the file that has the fault.
func TestFallbackWritesHere(t *testing.T) {
	var f *LogFile
	told := 0
	fallback := writerFunc(func(p []byte) (int, error) {
		if told++; f != nil {
			f.Write(p)
		}
		return len(p), nil
	})
	dir := t.TempDir()
	f, err := Open(filepath.Join(dir, "sub.log"), &Config{MaxSize: 1, Fallback: fallback, files: noRename{system{}}})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 3 {
		if _, err := f.Write([]byte("x\n")); err != nil {
			t.Fatal(err)
		}
	}
	p, _ := os.ReadFile(f.Path())
	if told != 1 || strings.Count(string(p), "\n") != 4 {
		t.Errorf("told %d times: %q", told, p)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

type noRename struct{ files }

func (noRename) Rename(string, string) error { return errors.New("no renames today") }
