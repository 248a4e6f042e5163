// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"maps"
	"strings"
	"testing"
)

// withHosted adds a module inside of core that go.work leaves out, and says whether it can be built here.
func (r *testRepo) withHosted(buildable bool) {
	r.t.Helper()
	before := maps.Clone(nested)
	r.t.Cleanup(func() { nested = before })
	args := []string{"go", "version"}
	if !buildable {
		args = []string{"go", "nope"}
	}
	nested = map[string][][]string{"core/hosted": {args}}
	r.write("core/hosted/go.mod", "module github.com/torsion-go/torsion/core/hosted\n\ngo 1.26.0\n")
	r.write("core/hosted/go.work", "go 1.26.0\n\nuse (\n\t.\n\t..\n)\n")
	r.write("core/hosted/LICENSE", "MIT\n")
	r.write("core/hosted/gtk/gtk.go", "// Package gtk asks.\npackage gtk\n\nimport \"github.com/torsion-go/torsion/core\"\n\n// Ask asks.\nfunc Ask() int { return core.Answer() }\n")
	r.write("core/hosted/gtk/gtk_test.go", "package gtk\n\nimport (\n\t\"testing\"\n\n\t\"github.com/torsion-go/torsion/core/hosted/internal/x\"\n)\n\nfunc TestAsk(t *testing.T) {\n\tif Ask() != x.X {\n\t\tt.Error(Ask())\n\t}\n}\n")
	r.write("core/hosted/internal/x/x.go", "// Package x is 42.\npackage x\n\n// X is 42.\nconst X = 42\n")
	r.entry("core/hosted", "New: gtk.")
	r.commit("hosted")
}

func TestNested(t *testing.T) {
	r := released(t)
	r.withHosted(true)
	repo := r.open()
	if m := repo.Module("core/hosted"); m == nil || strings.Join(m.Siblings, " ") != "core" || m.Change != Unreleased {
		t.Fatalf("core/hosted: %+v", m)
	}
	if m := repo.Module("core"); m.Change != Unchanged {
		t.Errorf("core: %v, want that a module inside of it changes nothing", m.Change)
	}
	if got, err := repo.Affected(t.Context(), "HEAD~1"); err != nil || len(got) != 0 {
		t.Errorf("modules of go.work that it affects: %q, %v", got, err)
	}
	made := r.tag(TagOptions{})
	if got := strings.Join(made.Tags, " "); got != "core/hosted/v1.0.0" {
		t.Fatalf("tagged %s", got)
	}
	if mod := r.git("show", "core/hosted/v1.0.0:core/hosted/go.mod"); !strings.Contains(mod, "torsion/core v1.0.0") {
		t.Errorf("the released go.mod lacks its sibling:\n%s", mod)
	}
	var out strings.Builder
	if wrong := r.checkTo(&out); wrong != "" || !strings.Contains(out.String(), "ok   core/hosted v1.0.0 test") {
		t.Errorf("%s\n%s", wrong, out.String())
	}
	if got := r.open().Module("core").Versions; len(got) != 1 {
		t.Errorf("core has the versions %q", got)
	}

	r.replace("core/hosted/gtk/gtk.go", "func Ask() int {", "func Ask(_ ...int) int {")
	r.entry("core/hosted", "Changed: Ask.")
	if got := r.check(CheckOptions{NoTests: true}); !strings.Contains(got, "core/hosted: changelog: incompatible with v1.0.0") || !strings.Contains(got, "./gtk.Ask: changed from func() int to func(...int) int") {
		t.Errorf("an incompatible change: %q", got)
	}
	r.git("checkout", "--quiet", ".")

	r.replace("core/core.go", "42", "43")
	_, problems, err := r.open().Skew(t.Context(), SkewOptions{Modules: []string{"core/hosted"}})
	if err != nil || len(problems) != 1 || !strings.HasPrefix(problems[0].String(), "core/hosted: skew: core/hosted v1.0.0 with core v1.1.0-dev: go test") {
		t.Errorf("with another core: %v, %v", problems, err)
	}
}

// TestNestedElsewhere has no libraries to build it with.
func TestNestedElsewhere(t *testing.T) {
	r := released(t)
	r.withHosted(false)
	r.write("core/hosted/gtk/gtk.go", strings.Replace(r.read("core/hosted/gtk/gtk.go"), "core.Answer()", "core.Nothing()", 1)) // nobody sees it here
	r.commit("mistake")
	var out strings.Builder
	if wrong := r.checkTo(&out); wrong != "" || !strings.Contains(out.String(), "core/hosted v1.0.0-dev is not built here: go nope fails\nok   core/hosted v1.0.0-dev tidy") {
		t.Errorf("%s\n%s", wrong, out.String())
	}
	r.write("core/hosted/go.mod", r.read("core/hosted/go.mod")+"\nrequire golang.org/x/mod v0.42.0\n")
	if wrong := r.check(CheckOptions{}); !strings.Contains(wrong, "core/hosted: tidy: go.mod requires golang.org/x/mod@v0.42.0, which nothing needs") {
		t.Errorf("a surplus line: %q", wrong)
	}
	r.git("checkout", "--quiet", ".")
	if made := r.tag(TagOptions{}); strings.Join(made.Tags, " ") != "core/hosted/v1.0.0" {
		t.Errorf("tagged %v", made.Tags)
	}
}
