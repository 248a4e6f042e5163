// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package layering

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name, from, to string
		test           bool
		want           string // part of the complaint; "" for none
	}{
		{"down", "core/reactor", Module + "core/protocol", false, ""},
		{"up", "core/protocol", Module + "core/reactor", false, "higher layer"},
		{"same layer, named before", "core/internal/memory", Module + "core/internal/flow", false, ""},
		{"same layer, named after", "core/internal/flow", Module + "core/internal/memory", false, "higher layer"},
		{"below a named one", "core/examples/echo", Module + "core/endpoint", false, ""},
		{"unknown", "core/nowhere", Module + "core/protocol", false, "has no layer"},
		{"test may look up", "core/protocol", Module + "core/protocoltest", true, ""},
		{"module down", "web", Module + "core/protocol", false, ""},
		{"module up", "core/protocol", Module + "web", true, "may not import module web"},
		{"sibling's internal", "web", Module + "core/internal/flow", false, "internal to module core"},
		{"third party in core", "core/reactor", "github.com/x/y", true, "golang.org/x only"},
		{"x in core", "core/reactor", "golang.org/x/sys/unix", false, ""},
		{"third party elsewhere", "tools/cmd/twist", "github.com/spf13/cobra", false, ""},
		{"standard library", "core/protocol", "net/netip", false, ""},
		{"tools is a leaf", "web", Module + "tools/internal/check", false, "may not import module tools"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := Package{ImportPath: Module + tt.from}
			if tt.test {
				p.XTestImports = []string{tt.to}
			} else {
				p.Imports = []string{tt.to}
			}
			got := strings.Join(Check([]Package{p}), "; ")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want something with %q", got, tt.want)
			}
		})
	}
}

func TestWorkspace(t *testing.T) {
	all, err := Load(t.Context(), "../../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < len(modules) {
		t.Errorf("found %d packages: fewer than modules", len(all))
	}
	for _, wrong := range Check(all) {
		t.Error(wrong)
	}
}
