// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenLog(t *testing.T) {
	for _, tt := range []struct {
		spec       LogSpec
		out, errs  string
		unexpected string
	}{
		{LogSpec{Level: slog.LevelInfo}, `"level":"INFO","msg":"i"`, "", `"msg":"d"`},
		{LogSpec{File: "-", Format: "text", Level: slog.LevelDebug}, "level=DEBUG msg=d", "", "json"},
		{LogSpec{File: "+", Format: "text", Level: slog.LevelError}, "", "level=CRITICAL msg=c", "msg=i"},
	} {
		var out, errs bytes.Buffer
		tt.spec.Stdout, tt.spec.Stderr = &out, &errs
		log, err := OpenLog(tt.spec)
		if err != nil {
			t.Fatal(err)
		}
		l := slog.New(log)
		l.Debug("d")
		l.Info("i")
		l.Log(t.Context(), LevelCritical, "c")
		for _, err := range []error{log.Reopen(), log.Rotate(), log.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
		if !strings.Contains(out.String(), tt.out) || !strings.Contains(errs.String(), tt.errs) || strings.Contains(out.String()+errs.String(), tt.unexpected) {
			t.Errorf("%+v: wrote %q and %q", tt.spec, out.String(), errs.String())
		}
	}
	file := filepath.Join(t.TempDir(), "x")
	if _, err := OpenLog(LogSpec{File: file, Format: "xml"}); err == nil {
		t.Error("a format that there is not")
	}
}

// content returns the files of a folder.
func content(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s=%s;", e.Name(), text)
	}
	return b.String()
}

func TestRotatingFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	if err := os.WriteFile(path, []byte("0"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := openRotating(path, 4)
	if err != nil {
		t.Fatal(err)
	}
	write := func(s string) {
		t.Helper()
		if n, err := f.Write([]byte(s)); n != len(s) || err != nil {
			t.Error(n, err)
		}
	}
	check := func(want string) {
		t.Helper()
		if got := content(t, dir); got != want {
			t.Errorf("the folder has %q, want %q", got, want)
		}
	}
	write("123")
	check("log=0123;")
	write("x")
	check("log=x;log.1=0123;")
	write("longer than that")
	check("log=longer than that;log.1=x;log.2=0123;")
	if err := f.Rotate(); err != nil {
		t.Error(err)
	}
	write("y")
	check("log=y;log.1=longer than that;log.2=x;log.3=0123;")
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	write("z") // goes to the renamed one
	if err := f.Reopen(); err != nil {
		t.Error(err)
	}
	write("a")
	check("log=a;log.1=longer than that;log.2=x;log.3=0123;log.old=yz;")
	if err := f.Rotate(); err != nil {
		t.Error(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := f.Rotate(); err != nil { // somebody has removed it
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// TestRotateFails: a log that cannot be rotated or opened again goes on as it was.
func TestRotateFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := openRotating(filepath.Join(dir, "log"), 4)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.RemoveAll(dir); err != nil { // opening in it fails from here on, also for root
		t.Skip("a folder in use cannot be removed here")
	}
	if err := f.Reopen(); err == nil {
		t.Error("Reopen")
	}
	if err := f.Rotate(); err == nil {
		t.Error("Rotate")
	}
	for range 3 {
		if _, err := f.Write([]byte("12345")); err != nil {
			t.Error(err)
		}
	}
}
