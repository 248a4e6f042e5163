// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/consumer.txt")

// TestConsumer is somebody who wants module web and nothing else: in an empty folder, with an empty module cache, out of the zip files of this repository's modules.
// What else comes along is in testdata/consumer.txt; a change of that is meant, or it is a mistake. It is written by
//
//	go test ./tools/internal/release -run TestConsumer -update
func TestConsumer(t *testing.T) {
	if testing.Short() {
		t.Skip("builds core and web anew")
	}
	r, err := Open(t.Context(), "../../..")
	if err != nil {
		t.Skipf("not in a clone: %v", err)
	}
	r.Modules = slices.DeleteFunc(r.Modules, func(m *Module) bool { return m.Name != "core" && m.Name != "web" })
	s, err := NewScratch(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Pack(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	env := append(s.Env(), "GOMODCACHE="+filepath.Join(t.TempDir(), "cache"))
	goCommand := func(args ...string) string {
		t.Helper()
		out, err := run(t.Context(), dir, env, "go", args...)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return out
	}
	program, err := os.ReadFile("testdata/consumer.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), program, 0o666); err != nil {
		t.Fatal(err)
	}
	goCommand("mod", "init", "example.org/consumer")
	get := []string{"get"}
	for _, m := range r.Modules {
		get = append(get, m.Path+"@"+m.Current())
	}
	goCommand(get...)
	goCommand("mod", "tidy")
	goCommand("build", "-trimpath", "-o", "consumer", ".")
	out, err := run(t.Context(), dir, env, filepath.Join(dir, "consumer"))
	if want := "served by core and web <nil>\n"; err != nil || out != want {
		t.Errorf("the program printed %q, %v, want %q", out, err, want)
	}

	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	// Versions of ours move with each release, and hashes with each line: the names are the point.
	got := "go list -m all\n" + goCommand("list", "-m", "all") + "\ngo.sum, without hashes\n" + regexp.MustCompile(`(?m) h1:.*$`).ReplaceAllString(string(sum), "")
	got = regexp.MustCompile(`(torsion-go/torsion/\w+ )v[^/\s]+`).ReplaceAllString(got, "${1}VERSION")
	t.Log("\n" + got + "\ngo.sum\n" + string(sum))
	const golden = "testdata/consumer.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got what is above, want\n%s", want)
	}
	for _, never := range []string{"zap", "miekg", "go-imap", "cobra", "torsion/tools", "torsion/logger", "torsion/trial"} {
		if strings.Contains(got, never) {
			t.Errorf("a user of web receives %s", never)
		}
	}
}
