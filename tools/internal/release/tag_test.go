// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"strings"
	"testing"
)

func TestFirstRelease(t *testing.T) {
	r := newRepo(t)
	before := r.git("rev-parse", "HEAD")
	files := r.git("ls-files", "--stage", "*.mod", "*.sum", "*.go")

	if made := r.tag(TagOptions{PlanOptions: PlanOptions{}, DryRun: true}); len(made.Tags) != 3 {
		t.Errorf("a dry run tells of the tags %v, want 3", made.Tags)
	}
	if r.git("tag") != "" || r.git("rev-parse", "HEAD") != before || r.git("status", "--porcelain") != "" {
		t.Error("a dry run changed the repository")
	}

	made := r.tag(TagOptions{})
	if got, want := r.git("tag"), "core/v1.0.0\nlogger/v1.0.0\nweb/v1.0.0"; got != want {
		t.Fatalf("tags %q, want %q", got, want)
	}
	for _, tag := range made.Tags {
		if kind := r.git("cat-file", "-t", tag); kind != "tag" {
			t.Errorf("%s is a %s, want an annotated tag", tag, kind)
		}
		if at := r.git("rev-parse", tag+"^{commit}"); at != made.Commit {
			t.Errorf("%s is on %s, want %s", tag, at, made.Commit)
		}
	}
	if text := r.git("tag", "--list", "--format=%(contents)", "web/v1.0.0"); !strings.Contains(text, "- New: web.") {
		t.Errorf("the tag does not tell what is new: %q", text)
	}
	if mod := r.git("show", "web/v1.0.0:web/go.mod"); !strings.Contains(mod, "require github.com/torsion-go/torsion/core v1.0.0") {
		t.Errorf("the released go.mod lacks its sibling:\n%s", mod)
	}
	if sum := r.git("show", "web/v1.0.0:web/go.sum"); strings.Count(sum, "torsion/core v1.0.0") != 2 {
		t.Errorf("the released go.sum lacks its sibling:\n%s", sum)
	}
	const want = "# Changes\n\nWhat users notice.\n\n## Unreleased\n\n### core\n\n### logger\n\n### web\n\n## core v1.0.0, 2026-11-22\n\n- New: core.\n\n" +
		"## logger v1.0.0, 2026-11-22\n\n- New: logger.\n\n## web v1.0.0, 2026-11-22\n\n- New: web.\n"
	if got := r.read("CHANGELOG.md"); got != want {
		t.Errorf("changelog:\n%s", got)
	}
	if got := r.git("ls-files", "--stage", "*.mod", "*.sum", "*.go"); got != files {
		t.Errorf("after the release the tree differs from the one before:\n%s\nwas\n%s", got, files)
	}
	if left := r.git("status", "--porcelain"); left != "" || r.git("rev-parse", "main") != made.Head {
		t.Errorf("the tree is not that of the branch: %s", left)
	}

	var out strings.Builder
	if wrong := r.checkTo(&out); wrong != "" {
		t.Error(wrong)
	}
	if strings.Contains(out.String(), "-dev") || !strings.Contains(out.String(), "ok   web v1.0.0 test") {
		t.Errorf("the check did not build from the tags alone:\n%s", out.String())
	}
	if _, err := r.open().Tag(t.Context(), TagOptions{}); err == nil || !strings.Contains(err.Error(), "nothing to release") {
		t.Errorf("another release: %v, want that there is nothing", err)
	}
}

func (r *testRepo) checkTo(out *strings.Builder) string {
	r.t.Helper()
	return r.check(CheckOptions{Out: out})
}

func TestSecondRelease(t *testing.T) {
	r := released(t)
	r.withNew()
	r.commit("new")
	made := r.tag(TagOptions{})
	if got, want := strings.Join(made.Tags, " "), "core/v1.1.0 web/v1.0.1"; got != want {
		t.Errorf("tagged %s, want %s", got, want)
	}
	if mod := r.git("show", "web/v1.0.1:web/go.mod"); !strings.Contains(mod, "torsion/core v1.1.0") {
		t.Errorf("web requires too little:\n%s", mod)
	}
	if log := r.read("CHANGELOG.md"); !strings.Contains(log, "## core v1.1.0, 2026-11-22\n\n- New: New.\n\n## web v1.0.1, 2026-11-22\n\n- Pages are newer.\n\n## core v1.0.0,") {
		t.Errorf("changelog:\n%s", log)
	}
}

// TestNamedRelease releases core alone: what was not released may not be required.
func TestNamedRelease(t *testing.T) {
	r := newRepo(t)
	r.replace("CHANGELOG.md", "- New: logger.\n\n", "")
	r.git("rm", "--quiet", "logger/api.txt")
	r.replace("logger/logger.go", "// Log logs.\nfunc Log() {}\n", "")
	r.commit("logger has nothing yet")
	if _, err := r.open().Tag(t.Context(), TagOptions{PlanOptions: PlanOptions{Modules: []string{"web"}}}); err == nil || !strings.Contains(err.Error(), "it needs core") {
		t.Errorf("web without core: %v", err)
	}
	made := r.tag(TagOptions{PlanOptions: PlanOptions{Modules: []string{"core"}, Versions: map[string]string{"core": "v0.1.0"}}})
	if got := strings.Join(made.Tags, " "); got != "core/v0.1.0" {
		t.Errorf("tagged %s", got)
	}
	r.tag(TagOptions{PlanOptions: PlanOptions{Modules: []string{"logger"}}, NoTests: true})
	if log := r.read("CHANGELOG.md"); !strings.Contains(log, "## logger v1.0.0, 2026-11-22\n\n- The first version.\n\n## core v0.1.0,") {
		t.Errorf("changelog:\n%s", log)
	}
}

// TestOldBranch mends an old version after a newer one was released.
func TestOldBranch(t *testing.T) {
	r := released(t)
	r.git("branch", "old")
	r.withNew()
	r.commit("new")
	r.tag(TagOptions{NoTests: true})
	r.git("checkout", "--quiet", "old")
	r.replace("core/core.go", "42", "40 + 2")
	r.entry("core", "Sums.")
	r.commit("sum")
	if made := r.tag(TagOptions{NoTests: true}); strings.Join(made.Tags, " ") != "core/v1.0.1" || made.Branch != "refs/heads/old" {
		t.Errorf("tagged %v of %s", made.Tags, made.Branch)
	}
}

func TestTagRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(r *testRepo)
		want string
	}{
		{"changed file", func(r *testRepo) { r.replace("README.md", "Small", "Bigger") }, "the tree differs from its last commit"},
		{"unknown file", func(r *testRepo) { r.write("core/more.go", "package core\n") }, "core/more.go"},
		{"no branch", func(r *testRepo) { r.git("checkout", "--quiet", "--detach") }, "on no branch"},
		{"failing test", func(r *testRepo) {
			r.withNew()
			r.replace("web/web.go", "core.New() - 1", "core.New()")
			r.commit("wrong")
		}, "web: test: go test"},
		{"major version", func(r *testRepo) {
			r.replace("logger/logger.go", "func Log()", "func Log(string)")
			r.replace("logger/api.txt", "func Log()", "func Log(string)")
			r.entry("logger", "Removed: Log without text.")
			r.commit("break")
		}, "v2.0.0 needs a module path that ends in /v2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := released(t)
			tt.make(r)
			head, tags, tree := r.git("rev-parse", "HEAD"), r.git("tag"), r.git("status", "--porcelain")
			_, err := r.open().Tag(t.Context(), TagOptions{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if r.git("rev-parse", "HEAD") != head || r.git("tag") != tags || r.git("status", "--porcelain") != tree {
				t.Error("it changed the repository all the same")
			}
		})
	}
}

// TestTagTaken has somebody make one of the tags while the release is being checked.
func TestTagTaken(t *testing.T) {
	r := released(t)
	r.withNew()
	r.commit("new")
	head := r.git("rev-parse", "HEAD")
	taken := writerFunc(func(p []byte) {
		if strings.HasPrefix(string(p), "checking ") {
			r.git("tag", "web/v1.0.1")
		}
	})
	if _, err := r.open().Tag(t.Context(), TagOptions{Out: taken, NoTests: true}); err == nil || !strings.Contains(err.Error(), "nothing was tagged") {
		t.Errorf("got %v", err)
	}
	if r.git("rev-parse", "HEAD") != head || r.git("tag", "--list", "core/v1.1.0") != "" || r.git("status", "--porcelain") != "" {
		t.Error("part of the release is there")
	}
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}
