// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	r := newRepo(t)
	r.git("tag", "core/v1.10.0")
	r.git("tag", "core/v1.9.0")
	r.git("tag", "core/other")
	r.git("tag", "v3.0.0")
	repo := r.open()
	var names []string
	for _, m := range repo.Modules {
		names = append(names, m.Name)
	}
	if got := strings.Join(names, " "); got != "core logger web" || repo.Go != "1.26.0" {
		t.Errorf("modules %s of Go %s", got, repo.Go)
	}
	if m := repo.Module("core"); m.Last() != "v1.10.0" || !slices.Equal(m.Versions, []string{"v1.9.0", "v1.10.0"}) || m.Current() != "v1.10.0" {
		t.Errorf("core: %+v", m)
	}
	if m := repo.Module("web"); !slices.Equal(m.Siblings, []string{"core"}) || m.Change != Unreleased || m.Current() != "v1.0.0-dev" {
		t.Errorf("web: %+v", m)
	}
	if repo.Module("bench") != nil {
		t.Error("a module inside of another one is published")
	}
}

func TestOpenErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(r *testRepo)
		want string
	}{
		{"no go.work", func(r *testRepo) { os.Remove(filepath.Join(r.dir, "go.work")) }, "go.work"},
		{"go.work that is none", func(r *testRepo) { r.write("go.work", "use (") }, "go.work"},
		{"nothing published", func(r *testRepo) { r.write("go.work", "go 1.26.0\n\nuse ./web/bench\n") }, "lists no module"},
		{"circle", func(r *testRepo) {
			r.replace("core/core_test.go", "import \"testing\"", "import (\n\t\"testing\"\n\n\t_ \"github.com/torsion-go/torsion/web\"\n)")
		}, "module core imports itself by way of others"},
		{"file that is not Go", func(r *testRepo) { r.write("core/x.go", "not Go") }, "x.go"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRepo(t)
			tt.make(r)
			if _, err := Open(t.Context(), r.dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestChange(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(r *testRepo)
		want Change
	}{
		{"nothing", func(*testRepo) {}, Unchanged},
		{"another module", func(r *testRepo) { r.write("core/x.go", "package core\n") }, Unchanged},
		{"document", func(r *testRepo) { r.write("web/docs/x.md", "X\n") }, Aside},
		{"test", func(r *testRepo) { r.replace("web/web_test.go", "42", "40+2") }, Aside},
		{"data of tests", func(r *testRepo) { r.write("web/testdata/x.go", "package x\n") }, Aside},
		{"code", func(r *testRepo) { r.write("web/x.go", "package web\n") }, Code},
		{"embedded file", func(r *testRepo) { r.write("web/page.html", "<p>\n") }, Code},
		{"deleted code", func(r *testRepo) { os.Remove(filepath.Join(r.dir, "web", "web.go")) }, Code},
		{"code that is committed", func(r *testRepo) { r.write("web/x.go", "package web\n"); r.commit("x") }, Code},
		{"ignored file", func(r *testRepo) { r.write("web/x.out", "x\n") }, Unchanged},
		{"module inside", func(r *testRepo) { r.write("web/bench/bench.go", "package bench // faster\n") }, Unchanged},
		{"deleted in a module inside", func(r *testRepo) { os.Remove(filepath.Join(r.dir, "web", "bench", "bench.go")) }, Unchanged},
		{"deleted module inside", func(r *testRepo) {
			os.RemoveAll(filepath.Join(r.dir, "web", "bench"))
			r.replace("go.work", "\t./web/bench\n", "")
			r.commit("no bench")
		}, Unchanged},
		{"direct requirement", func(r *testRepo) { r.write("web/go.mod", r.read("web/go.mod")+"\nrequire golang.org/x/mod v0.42.0\n") }, Code},
		{"requirement that follows", func(r *testRepo) {
			r.write("web/go.mod", r.read("web/go.mod")+"\nrequire golang.org/x/mod v0.42.0 // indirect\n")
		}, Unchanged},
		{"the lines of the release", (*testRepo).withLine, Unchanged},
		{"another sibling than in the release", func(r *testRepo) { r.withLine(); r.replace("web/go.mod", "core v1.0.0", "core v1.1.0") }, Code},
		{"go.sum", func(r *testRepo) { r.withLine(); r.write("web/go.sum", "") }, Aside},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := released(t)
			tt.make(r)
			if got := r.open().Module("web").Change; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRetract(t *testing.T) {
	r := released(t)
	repo := r.open()
	for _, tt := range []struct{ module, version, reason, want string }{
		{"nope", "v1.0.0", "x", `no module "nope"`},
		{"core", "v1.1.0", "x", "has no tag core/v1.1.0"},
		{"core", "v1.0.0", " ", "needs a reason"},
	} {
		if err := repo.Retract(t.Context(), tt.module, tt.version, tt.reason); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("retracting %s %s: %v, want %q", tt.module, tt.version, err, tt.want)
		}
	}
	if err := repo.Retract(t.Context(), "core", "v1.0.0", "answers\nwrong"); err != nil {
		t.Fatal(err)
	}
	if err := repo.Retract(t.Context(), "core", "v1.0.0", "again"); err == nil || !strings.Contains(err.Error(), "retracted already") {
		t.Errorf("twice: %v", err)
	}
	if mod := r.read("core/go.mod"); !strings.Contains(mod, "// answers wrong\nretract v1.0.0") && !strings.Contains(mod, "retract v1.0.0 // answers wrong") {
		t.Errorf("go.mod:\n%s", mod)
	}
	if log := r.read("CHANGELOG.md"); !strings.Contains(log, "### core\n\n- Retracted: v1.0.0: answers wrong.\n") {
		t.Errorf("changelog:\n%s", log)
	}
	at := r.git("rev-parse", "core/v1.0.0")
	r.commit("retract")
	if made := r.tag(TagOptions{}); strings.Join(made.Tags, " ") != "core/v1.0.1" {
		t.Errorf("tagged %v, want the version that tells", made.Tags)
	}
	if r.git("rev-parse", "core/v1.0.0") != at {
		t.Error("the bad tag moved")
	}
	if mod := r.git("show", "core/v1.0.1:core/go.mod"); !strings.Contains(mod, "retract v1.0.0") {
		t.Errorf("the release does not retract:\n%s", mod)
	}
}
