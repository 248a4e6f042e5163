// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"strings"
	"testing"
)

// TestMistakes makes each mistake on purpose, in a repository whose modules are at v1.0.0.
func TestMistakes(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(r *testRepo)
		want string // part of what is wrong; "" for nothing
	}{
		{"none", func(*testRepo) {}, ""},
		{"none, with changes", (*testRepo).withNew, ""},
		{"none, with lines between siblings", func(r *testRepo) {
			r.withLine()
			r.replace("core/core.go", "42", "40 + 2")
			r.entry("core", "Sums.")
		}, ""},
		{"sibling required too low", func(r *testRepo) { r.withLine(); r.withNew() }, "web: build: go build -trimpath -o /dev/null ./...: exit status 1\n# github.com/torsion-go/torsion/web\n./web.go:7:31: undefined: core.New"},
		{"sibling required that has no tag", func(r *testRepo) { r.withLine(); r.replace("web/go.mod", "core v1.0.0", "core v1.5.0") }, "pack: release: web requires core v1.5.0: release: there is no tag core/v1.5.0"},
		{"missing line of go.sum", func(r *testRepo) { r.withLine(); r.write("web/go.sum", "") }, "web: build: go build -trimpath -o /dev/null ./...: exit status 1\nweb.go:4:8: missing go.sum entry"},
		{"wrong line of go.sum", func(r *testRepo) { r.withLine(); r.replace("web/go.sum", " h1:", " h1:A") }, "go.sum"},
		{"surplus line of go.mod", func(r *testRepo) {
			r.write("web/go.mod", r.read("web/go.mod")+"\nrequire golang.org/x/mod v0.42.0\n")
		}, "web: tidy: go.mod requires golang.org/x/mod@v0.42.0, which nothing needs"},
		{"surplus line of go.mod, with lines between siblings", func(r *testRepo) {
			r.write("logger/go.mod", r.read("logger/go.mod")+"\nrequire golang.org/x/mod v0.42.0\n")
			r.entry("logger", "Mods.")
		}, "logger: tidy: go mod tidy -diff"},
		{"surplus line of go.sum", func(r *testRepo) { r.write("web/go.sum", "example.org/x v1.0.0 h1:x=\n"); r.touch("web") }, "web: tidy: go.sum has a line that nothing needs: example.org/x v1.0.0 h1:x="},
		{"incompatible change", func(r *testRepo) {
			r.replace("core/core.go", "Answer() int { return 42 }", "Answer() int32 { return 42 }")
			r.replace("core/api.txt", "Answer() int", "Answer() int32")
			r.replace("core/core_test.go", "42", "int32(42)")
			r.replace("web/web.go", "core.Answer()", "int(core.Answer())")
			r.entry("core", "Changed: Answer is smaller.")
			r.entry("web", "Pages are as large.")
		}, "core: changelog: incompatible with v1.0.0, and CHANGELOG.md has no \"- Removed: \" entry below ### core:\n\tAnswer: changed from func() int to func() int32"},
		{"incompatible change that is told", func(r *testRepo) {
			r.replace("logger/logger.go", "// Log logs.\nfunc Log() {}\n", "")
			r.write("logger/api.txt", "")
			r.git("rm", "--quiet", "-f", "logger/api.txt")
			r.entry("logger", "Removed: Log.")
		}, ""},
		{"change of code that is not told", func(r *testRepo) { r.replace("core/core.go", "42", "40 + 2") }, "core: changelog: code changed since v1.0.0"},
		{"change of tests", func(r *testRepo) { r.replace("core/core_test.go", "42", "40+2") }, ""},
		{"surface that is not written down", func(r *testRepo) { r.withNew(); r.replace("core/api.txt", "func New() int\n", "") }, "core/api.txt any more:\n+ func New() int"},
		{"forbidden import", func(r *testRepo) {
			r.replace("logger/logger.go", "package logger\n", "package logger\n\nimport _ \"github.com/torsion-go/torsion/core\"\n")
			r.entry("logger", "Cores.")
		}, "imports: logger imports core: module logger may not import module core"},
		{"import of somebody else's module in core", func(r *testRepo) {
			r.replace("core/core.go", "package core\n", "package core\n\nimport _ \"github.com/spf13/pflag\"\n")
			r.write("core/go.mod", r.read("core/go.mod")+"\nrequire github.com/spf13/pflag v1.0.9\n")
			r.write("core/go.sum", "github.com/spf13/pflag v1.0.9 h1:9exaQaMOCwffKiiiYk6/BndUBv+iRViNW+4lEMi0PvY=\ngithub.com/spf13/pflag v1.0.9/go.mod h1:McXfInJRrz4CZXVZOBLb0bTZqETkiAhM9Iw0y3An2Bg=\n")
			r.entry("core", "Flags.")
		}, "imports: core imports github.com/spf13/pflag: core imports the standard library and golang.org/x only"},
		{"replace", func(r *testRepo) {
			r.write("web/go.mod", r.read("web/go.mod")+"\nreplace github.com/torsion-go/torsion/core => ../core\n")
		}, "web: go.mod: replace of github.com/torsion-go/torsion/core"},
		{"replace in go.work", func(r *testRepo) {
			r.write("go.work", r.read("go.work")+"\nreplace github.com/torsion-go/torsion/core v1.0.0 => ./core\n")
		}, "go.work: replace of github.com/torsion-go/torsion/core"},
		{"exclude", func(r *testRepo) {
			r.write("web/go.mod", r.read("web/go.mod")+"\nexclude golang.org/x/mod v0.1.0\n")
		}, "web: go.mod: exclude of golang.org/x/mod@v0.1.0"},
		{"toolchain", func(r *testRepo) { r.write("web/go.mod", r.read("web/go.mod")+"\ntoolchain go1.26.8\n") }, "web: go.mod: toolchain line"},
		{"go line", func(r *testRepo) { r.replace("web/go.mod", "go 1.26.0", "go 1.25.0") }, "web: go.mod: the go line does not say 1.26.0"},
		{"a module that is not published", func(r *testRepo) {
			r.write("web/go.mod", r.read("web/go.mod")+"\nrequire github.com/torsion-go/torsion/web/bench v1.0.0\n")
		}, "web: go.mod: requires github.com/torsion-go/torsion/web/bench, which is not published"},
		{"changelog without sections", func(r *testRepo) { r.write("CHANGELOG.md", "# Changes\n") }, "changelog: release: CHANGELOG.md has no heading"},
		{"failing test", func(r *testRepo) { r.replace("core/core_test.go", "!= 42", "== 42") }, "core: test: go test ./...: exit status 1\n--- FAIL: TestAnswer"},
		{"file that a zip cannot hold", func(r *testRepo) { r.write("core/a:b.go", "package core\n") }, "pack: release: packing the tree of core"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := released(t)
			tt.make(r)
			status := r.git("status", "--porcelain")
			got := r.check(CheckOptions{})
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("wrong is:\n%s\nwant %q", got, tt.want)
			}
			if r.git("status", "--porcelain") != status {
				t.Error("the check changed the tree")
			}
		})
	}
}

// touch changes a test of a module, so that the module is no longer that of the tag.
func (r *testRepo) touch(module string) {
	r.t.Helper()
	r.write(module+"/touched_test.go", "package "+module+"\n")
}

func TestCheckOfOneModule(t *testing.T) {
	r := released(t)
	r.replace("core/core_test.go", "!= 42", "== 42")
	var out strings.Builder
	if got := r.check(CheckOptions{Modules: []string{"logger"}, Out: &out}); got != "" {
		t.Errorf("a check of logger alone found: %s", got)
	}
	if strings.Contains(out.String(), "core v1.1.0-dev build") || !strings.Contains(out.String(), "packing core v1.1.0-dev") {
		t.Errorf("it packed and built the wrong ones:\n%s", out.String())
	}
	if _, err := r.open().Check(t.Context(), CheckOptions{Modules: []string{"nope"}}); err == nil || !strings.Contains(err.Error(), `"nope"`) {
		t.Errorf("a check of nothing: %v", err)
	}
}
