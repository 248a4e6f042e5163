// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// programs makes a folder of scripts and puts it on the path, before and after folders that do not count.
func programs(t *testing.T, scripts map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "prog-plain"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", strings.Join([]string{"/none", "relative", dir, os.Getenv("PATH")}, string(os.PathListSeparator)))
}

func TestExternal(t *testing.T) {
	programs(t, map[string]string{
		"prog-hello": `echo "hello $*"`, "prog-fail": "exit 7", "prog-probe": "echo wrong", "prog-Bad": "echo wrong", "other-x": "echo wrong", "prog-die": "kill -9 $$",
	})
	for _, tt := range []struct {
		args string
		code int
		out  string
		errs string
	}{
		{"hello -x --help y", 0, "hello -x --help y\n", ""},
		{"hello", 0, "hello \n", ""},
		{"help hello", 0, "hello --help\n", ""},
		{"fail", 7, "", ""},
		{"die", 69, "", "cannot run "},
		{"hallo", 64, "", "did you mean hello?"},
		{"plain", 64, "", "there is no service"},
		{"Bad", 64, "", "there is no service"},
		{"--log-level debug hello", 64, "", "have to stand behind"},
	} {
		code, out, errs := run(t, strings.Fields(tt.args)...)
		if code != tt.code || out != tt.out || !strings.Contains(errs, tt.errs) || tt.errs == "" && errs != "" {
			t.Errorf("%s: status %d, %q, %q", tt.args, code, out, errs)
		}
	}
	_, out, _ := run(t, "--help")
	if !strings.Contains(out, "Programs on the path:\n  die    /") || !strings.Contains(out, "\n  hello  /") || strings.Contains(out, "plain") {
		t.Errorf("help:\n%s", out)
	}
	if code, out, _ := run(t, "probe"); code != 0 || strings.Contains(out, "wrong") {
		t.Errorf("the service was hidden: %d, %s", code, out)
	}
	cmd := command(t, "hello", "a") // takes the place of the process
	if text, err := cmd.Output(); err != nil || string(text) != "hello a\n" {
		t.Errorf("%q, %v", text, err)
	}
}
