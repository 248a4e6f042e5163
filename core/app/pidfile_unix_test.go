// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package app

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestPidFile(t *testing.T) {
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Skip(err)
	}
	goneAt := gone.Process.Pid
	for _, tt := range []struct {
		name, content string
		stale         int
		err           string
	}{
		{"none", "-", 0, ""},
		{"empty", "", 0, ""},
		{"stale", strconv.Itoa(goneAt) + "\n", goneAt, ""},
		{"own number", strconv.Itoa(os.Getpid()), 0, ""},
		{"running", strconv.Itoa(os.Getppid()), 0, "process " + strconv.Itoa(os.Getppid()) + " runs already"},
		{"init", "1\n", 0, "process 1 runs already"},
		{"no number", "nonsense\n", 0, `"nonsense" is no process number`},
		{"zero", "0", 0, `"0" is no process number`},
		{"negative", "-1", 0, `"-1" is no process number`},
		{"large", "99999999999999999999", 0, "is no process number"},
		{"long", strings.Repeat("1", 1<<20), 0, "is no process number"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.pid")
			if tt.content != "-" {
				if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			f, stale, err := takePidFile(path)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), path) {
					t.Errorf("got %v, want %s", err, tt.err)
				}
				if text, err := os.ReadFile(path); err != nil || string(text) != tt.content {
					t.Errorf("the file was changed to %q, %v", text, err)
				}
				return
			}
			if err != nil || stale != tt.stale {
				t.Fatalf("stale %d, %v", stale, err)
			}
			if text, err := os.ReadFile(path); err != nil || string(text) != strconv.Itoa(os.Getpid())+"\n" {
				t.Errorf("the file has %q, %v", text, err)
			}
			if _, _, err := takePidFile(path); err == nil || !strings.Contains(err.Error(), "runs already") {
				t.Errorf("taken twice: %v", err)
			}
			f.release()
			if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the file is still there: %v", err)
			}
		})
	}
}

func TestPidFileIsNone(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", filepath.Join(dir, "inside")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(dir, "inside"), filepath.Join(dir, "none", "x"), filepath.Join(dir, "link")} {
		if _, _, err := takePidFile(path); err == nil {
			t.Errorf("%s was taken", path)
		}
	}
}

// TestPidFileStatus: the exit status of a program that may not run.
func TestPidFileStatus(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pid")
	if err := os.WriteFile(path, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := run(t, "--pidfile", path, "probe"); code != ExitConfig || !strings.Contains(errs, "--pidfile: "+path+": process 1 runs already") {
		t.Errorf("status %d: %s", code, errs)
	}
	if err := os.WriteFile(path, []byte("99999999\n"), 0o600); err != nil { // beyond what Linux gives out
		t.Fatal(err)
	}
	code, out, errs := run(t, "--pidfile", path, "probe")
	if code != 0 || !strings.Contains(out, "took over a pid file") {
		t.Errorf("status %d: %s%s", code, out, errs)
	}
}
