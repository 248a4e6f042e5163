// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/lockfile"
	"github.com/torsion-go/torsion/trial/result"
	"github.com/torsion-go/torsion/trial/runner"
)

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func exists(file string) bool {
	_, err := os.Lstat(file)
	return err == nil
}

func TestTempIsMadeAnew(t *testing.T) {
	cfg, _, _ := config(t, "order")
	cfg.DryRun, cfg.Keep = true, 2
	for n, name := range []string{"a", "b", "c", "d"} {
		run(t, cfg)
		if exists(filepath.Join(cfg.Temp, "d")) || !exists(filepath.Join(cfg.Temp, "_trial_marker")) || exists(cfg.Temp+".lock") {
			t.Errorf("run %d: it is not a fresh folder", n)
		}
		put(t, filepath.Join(cfg.Temp, name), "")
	}
	for folder, name := range map[string]string{"": "d", ".old-1": "c", ".old-2": "b"} {
		if !exists(filepath.Join(cfg.Temp+folder, name)) {
			t.Errorf("%s is not in the folder%s", name, folder)
		}
	}
	if exists(cfg.Temp + ".old-3") {
		t.Error("a third one is kept")
	}
}

func TestTempOfOthers(t *testing.T) {
	cfg, _, _ := config(t, "order")
	cfg.DryRun = true
	put(t, filepath.Join(cfg.Temp, "precious"), "text")
	_, err := runner.Run(t.Context(), cfg)
	var wrong *runner.UsageError
	if !errors.As(err, &wrong) || !strings.Contains(wrong.Text, "_trial_marker") || !exists(filepath.Join(cfg.Temp, "precious")) || exists(cfg.Temp+".lock") {
		t.Errorf("got %v", err)
	}
}

func TestTempInUse(t *testing.T) {
	cfg, _, _ := config(t, "order")
	cfg.DryRun = true
	l := lockfile.New(cfg.Temp + ".lock")
	if ok, err := l.Lock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	_, err := runner.Run(t.Context(), cfg)
	var wrong *runner.UsageError
	if !errors.As(err, &wrong) || !strings.Contains(wrong.Text, "another run uses the folder") {
		t.Errorf("a named folder: %v", err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}

	// The default one gets a number.
	cfg.Temp = filepath.Join(t.TempDir(), runner.DefaultTemp)
	for _, name := range []string{"", "-1"} {
		if exists(cfg.Temp + name) {
			t.Fatal("too early")
		}
		l := lockfile.New(cfg.Temp + name + ".lock")
		if ok, err := l.Lock(); !ok || err != nil {
			t.Fatal(ok, err)
		}
		defer func() {
			if err := l.Unlock(); err != nil {
				t.Error(err)
			}
		}()
	}
	run(t, cfg)
	if exists(cfg.Temp) || exists(cfg.Temp+"-1") || !exists(cfg.Temp+"-2") {
		t.Error("it is not the folder with the next number")
	}
}

// Two runs at once have two folders, and neither touches the other's.
func TestTwoRuns(t *testing.T) {
	base := filepath.Join(t.TempDir(), runner.DefaultTemp)
	inner, _, _ := config(t, "order")
	inner.DryRun, inner.Temp = true, base
	outer, rec, _ := config(t, "order")
	outer.DryRun, outer.Temp = true, base
	rec.onStart = func(test *result.Test) {
		if test.Name == "TestC" {
			run(t, inner)
		}
	}
	run(t, outer)
	for _, name := range []string{base, base + "-1"} {
		if !exists(filepath.Join(name, "_trial_marker")) {
			t.Errorf("%s was not made", name)
		}
	}
}

func TestPrivateTemp(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	cfg, _, _ := config(t, "order")
	cfg.Temp = ""
	run(t, cfg)
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
