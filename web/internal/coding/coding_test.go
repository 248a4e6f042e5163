// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package coding_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/internal/coding"
)

func parse(s string) coding.Accepted {
	if s == "" {
		return coding.Parse(slices.Values([]string(nil)))
	}
	return coding.Parse(slices.Values(strings.Split(s, ",")))
}

func TestBest(t *testing.T) {
	offered := []string{"zstd", "br", "gzip"}
	for _, tt := range []struct {
		accept, want string
		ok           bool
	}{
		{"", "", true},
		{"identity", "", true},
		{"gzip", "gzip", true},
		{"GZip", "gzip", true},
		{"x-gzip", "gzip", true},
		{"gzip;q=1", "gzip", true},
		{"gzip; q=0.5", "gzip", true},
		{"gzip, br, zstd", "zstd", true},
		{"gzip, br, zstd;q=0.9", "br", true},
		{"gzip;q=0.001, br;q=0", "gzip", true},
		{"gzip;q=0", "", true},
		{"*", "zstd", true},
		{"*;q=0.1, gzip;q=0.2", "gzip", true},
		{"zstd;q=0, *", "br", true},
		{"identity;q=0", "", false},
		{"*;q=0", "", false},
		{"*;q=0, identity;q=0.1", "", true},
		{"*;q=0, gzip", "gzip", true},
		{"identity;q=0, deflate", "", false},
		{"identity, gzip;q=0.5", "", true},
		{"identity;q=0.5, gzip;q=0.5", "gzip", true},
		{"gzip;q=2", "", true},
		{"gzip;q=0.1234", "", true},
		{"gzip;q=-1", "", true},
		{"gzip;q=", "", true},
		{"gzip;level=9", "gzip", true},
		{"gzipped, brr", "", true},
	} {
		if got, ok := parse(tt.accept).Best(offered); got != tt.want || ok != tt.ok {
			t.Errorf("%q: got %q, %v, want %q, %v", tt.accept, got, ok, tt.want, tt.ok)
		}
	}
}

func TestWeight(t *testing.T) {
	for _, tt := range []struct {
		accept string
		want   int
	}{
		{"", coding.Absent}, {"br", coding.Absent}, {"gzip", 1000}, {"gzip;q=0.25", 250}, {"gzip;q=1.000", 1000}, {"gzip;q=1.5", 1000}, {"*;q=0.5", 500}, {"gzip;q=0, *", 0},
	} {
		if got := parse(tt.accept).Weight("gzip"); got != tt.want {
			t.Errorf("%q: got %d, want %d", tt.accept, got, tt.want)
		}
	}
}

func FuzzBest(f *testing.F) {
	f.Add("gzip;q=0.5, *;q=0, identity")
	f.Fuzz(func(t *testing.T, s string) {
		if name, ok := parse(s).Best([]string{"br", "gzip"}); !ok && name != "" {
			t.Errorf("%q: %q is chosen and is not", s, name)
		}
	})
}
