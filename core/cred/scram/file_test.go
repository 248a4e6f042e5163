// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scram

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	var text [3]string
	for i, h := range []Hash{SHA256, SHA1, SHA256} {
		k, err := DeriveKeys(h, "secret", []byte{byte(i), 2, 3, 4}, 0)
		if err != nil {
			t.Fatal(err)
		}
		text[i] = k.Text()
	}
	f := &File{Path: path}
	if _, _, err := f.Lookup("alice", SHA256); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	write("# alice:x\n\nalice:" + text[0] + "\r\nalice:" + text[1] + "\nalice:" + text[2] + "\n\u2168:" + text[0])
	for _, tt := range []struct {
		name string
		h    Hash
		want string
	}{{"alice", SHA256, text[0]}, {"alice", SHA1, text[1]}, {"IX", SHA256, text[0]}, {"IX", SHA1, ""}, {"Alice", SHA256, ""}, {"# alice", SHA256, ""}, {"", SHA256, ""}} {
		k, ok, err := f.Lookup(tt.name, tt.h)
		if err != nil || ok != (tt.want != "") || ok && k.Text() != tt.want {
			t.Errorf("%q, %v: %v, %v", tt.name, tt.h, ok, err)
		}
	}
	write("bob:" + text[0] + "\n")
	if _, ok, err := f.Lookup("alice", SHA256); ok || err != nil {
		t.Errorf("removed: %v, %v", ok, err)
	}
	for _, bad := range []string{"alice", "alice:", ":" + text[0], "alice:" + text[0] + ":x", "ok:" + text[0] + "\nalice:secret", strings.Repeat("#", MaxFile+1)} {
		write(bad)
		if _, ok, err := f.Lookup("ok", SHA256); ok || err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%.40q: %v, %v", bad, ok, err)
		}
		heard := 0
		if _, ok := f.Keys(func(error) { heard++ })("ok", SHA256); ok || heard != 1 {
			t.Errorf("%.40q: %v, told %d times", bad, ok, heard)
		}
	}
}

func FuzzFile(f *testing.F) {
	k, err := NewKeys(SHA256, "secret", 0)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("alice:" + k.Text() + "\n#x\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := parseFile(text)
		if err != nil {
			return
		}
		for u, k := range all {
			if u.name == "" || !k.valid() || u.hash != k.Hash {
				t.Errorf("%q: %q", text, u.name)
			}
		}
	})
}
