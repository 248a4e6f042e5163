// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// TestFetch has a module cache without anything in it.
func TestFetch(t *testing.T) {
	cache, err := run(t.Context(), "", nil, "go", "env", "GOMODCACHE")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, proxy, want string
	}{
		{"there is a proxy", (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(strings.TrimSpace(cache), "cache", "download"))}).String(), ""},
		{"there is none", "off", "The module cache lacks what is named above"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRepo(t)
			r.write("web/flags_test.go", "package web\n\nimport _ \"github.com/spf13/pflag\"\n")
			r.write("web/go.mod", "module github.com/torsion-go/torsion/web\n\ngo 1.26.0\n\nrequire github.com/spf13/pflag v1.0.9\n")
			r.write("web/go.sum", "github.com/spf13/pflag v1.0.9 h1:9exaQaMOCwffKiiiYk6/BndUBv+iRViNW+4lEMi0PvY=\ngithub.com/spf13/pflag v1.0.9/go.mod h1:McXfInJRrz4CZXVZOBLb0bTZqETkiAhM9Iw0y3An2Bg=\n")
			t.Setenv("GOMODCACHE", filepath.Join(t.TempDir(), "cache"))
			t.Setenv("GOFLAGS", "-modcacherw")
			t.Setenv("GOPROXY", tt.proxy)
			t.Setenv("GOSUMDB", "off")
			s, err := NewScratch(t.Context(), r.open())
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			var got string
			if err := s.Pack(t.Context(), nil); err != nil {
				got = err.Error()
			}
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
