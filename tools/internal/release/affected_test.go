// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestAffected(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(r *testRepo)
		want string
	}{
		{"nothing", func(*testRepo) {}, "[]"},
		{"what another module imports, and one by way of that", func(r *testRepo) { r.replace("core/core.go", "42", "40 + 2") }, `["core","tools","web","web/bench"]`},
		{"the same, committed", func(r *testRepo) { r.replace("core/core.go", "42", "40 + 2"); r.commit("sum") }, `["core","tools","web","web/bench"]`},
		{"what one that is not published imports", func(r *testRepo) { r.replace("web/web.go", "serves", "renders") }, `["tools","web","web/bench"]`},
		{"what a module asks for", func(r *testRepo) { r.write("logger/go.mod", r.read("logger/go.mod")+"\nretract v1.0.0\n") }, `["logger","tools"]`},
		{"what nobody imports", func(r *testRepo) { r.replace("logger/logger.go", "func Log() {}", "func Log() { _ = 1 }") }, `["logger","tools"]`},
		{"a module inside of another", func(r *testRepo) { r.write("web/bench/more.go", "package bench\n") }, `["tools","web/bench"]`},
		{"a test", func(r *testRepo) { r.replace("core/core_test.go", "42", "40+2") }, `["core","tools"]`},
		{"a new document", func(r *testRepo) { r.write("core/docs/x.md", "x\n") }, `["core","tools"]`},
		{"code that is gone", func(r *testRepo) { os.Remove(filepath.Join(r.dir, "core/core.go")) }, `["core","tools","web","web/bench"]`},
		{"a document of no module", func(r *testRepo) { r.write("README.md", "Smaller.\n") }, `["tools"]`},
		{"the workspace", func(r *testRepo) { r.write("go.work", r.read("go.work")+"\n") }, `["core","logger","tools","web","web/bench"]`},
		{"the workflows", func(r *testRepo) { r.write(".github/workflows/check.yml", "name: check\n") }, `["core","logger","tools","web","web/bench"]`},
		{"what main has since", func(r *testRepo) {
			r.replace("logger/logger.go", "func Log() {}", "func Log() { _ = 1 }")
			r.commit("log")
			r.git("checkout", "--quiet", "main")
			r.replace("core/core.go", "42", "40 + 2")
			r.commit("sum")
			r.git("checkout", "--quiet", "topic")
		}, `["logger","tools"]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRepo(t)
			r.write("go.work", "go 1.26.0\n\nuse (\n\t./core\n\t./logger\n\t./tools\n\t./web\n\t./web/bench\n)\n")
			r.write("tools/go.mod", "module github.com/torsion-go/torsion/tools\n\ngo 1.26.0\n")
			r.write("web/bench/bench.go", "// Package bench is a module of its own.\npackage bench\n\nimport _ \"github.com/torsion-go/torsion/web\"\n")
			r.commit("tools and bench")
			r.git("checkout", "--quiet", "-b", "topic")
			tt.make(r)
			var out bytes.Buffer
			if code := Main(t.Context(), []string{"affected", "--since=main", "-C", r.dir}, &out, &out); code != 0 || out.String() != tt.want+"\n" {
				t.Errorf("exit status %d, got %s, want %s", code, out.String(), tt.want)
			}
		})
	}
}

func TestAffectedByNothing(t *testing.T) {
	r := newRepo(t)
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"", 0, "[\"core\",\"logger\",\"web\",\"web/bench\"]\n"},
		{"--since=", 0, "[\"core\",\"logger\",\"web\",\"web/bench\"]\n"},
		{"--since=nowhere", 1, ""},
	} {
		var out, errs bytes.Buffer
		args := []string{"affected", "-C", r.dir}
		if tt.args != "" {
			args = append(args, tt.args)
		}
		if code := Main(t.Context(), args, &out, &errs); code != tt.code || out.String() != tt.want {
			t.Errorf("affected %s: exit status %d, printed %q, want %q; %s", tt.args, code, out.String(), tt.want, errs.String())
		}
	}
}
