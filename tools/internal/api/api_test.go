// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package api

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write each module's api.txt")

// TestAPI compares the exported surface with what each module's api.txt says. A change that is meant is written down by
//
//	go test ./tools/internal/api -update
func TestAPI(t *testing.T) {
	texts, err := Surfaces(t.Context(), "../../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) < 2 {
		t.Errorf("only %d modules have a surface", len(texts))
	}
	for dir, want := range texts {
		path := filepath.Join(dir, "api.txt")
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%v: run go test ./tools/internal/api -update", err)
			continue
		}
		if string(got) != want {
			t.Errorf("the exported surface is not that of %s any more:\n%s\nIf that is meant, run go test ./tools/internal/api -update and name it in CHANGELOG.md.", path, difference(string(got), want))
		}
	}
}

// difference lists the lines that only one of the two has.
func difference(old, now string) string {
	var b strings.Builder
	only := func(mark, a, other string) {
		have := map[string]int{}
		for line := range strings.Lines(other) {
			have[line]++
		}
		for line := range strings.Lines(a) {
			if have[line]--; have[line] < 0 {
				b.WriteString(mark + line)
			}
		}
	}
	only("- ", old, now)
	only("+ ", now, old)
	return b.String()
}

func TestDifference(t *testing.T) {
	if got, want := difference("a\nb\nc\n", "a\nc\nd\nc\n"), "- b\n+ d\n+ c\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
