// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package api

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write each module's api.txt")

// TestAPI compares the exported surface with what each module's api.txt says. A change that is meant is written down by
//
//	go test ./tools/internal/api -update
func TestAPI(t *testing.T) {
	const root = "../../.."
	if *update {
		texts, err := Surfaces(t.Context(), root)
		if err != nil {
			t.Fatal(err)
		}
		if len(texts) < 2 {
			t.Errorf("only %d modules have a surface", len(texts))
		}
		for dir, text := range texts {
			if err := os.WriteFile(filepath.Join(dir, "api.txt"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	wrong, err := Check(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range wrong {
		t.Error(text)
	}
}

func TestDifference(t *testing.T) {
	if got, want := difference("a\nb\nc\n", "a\nc\nd\nc\n"), "- b\n+ d\n+ c\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
