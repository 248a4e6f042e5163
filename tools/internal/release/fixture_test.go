// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// small is a repository of three modules, and one that is not published.
var small = map[string]string{
	"go.work":            "go 1.26.0\n\nuse (\n\t./core\n\t./logger\n\t./web\n\t./web/bench\n)\n",
	"CHANGELOG.md":       "# Changes\n\nWhat users notice.\n\n## Unreleased\n\n### core\n\n- New: core.\n\n### logger\n\n- New: logger.\n\n### web\n\n- New: web.\n",
	"README.md":          "Small.\n",
	".gitignore":         "*.out\n",
	"core/LICENSE":       "MIT\n",
	"core/api.txt":       "# github.com/torsion-go/torsion/core\n\nfunc Answer() int\n\n",
	"core/core.go":       "// Package core answers.\npackage core\n\n// Answer answers.\nfunc Answer() int { return 42 }\n",
	"core/core_test.go":  "package core\n\nimport \"testing\"\n\nfunc TestAnswer(t *testing.T) {\n\tif Answer() != 42 {\n\t\tt.Error(Answer())\n\t}\n}\n",
	"core/go.mod":        "module github.com/torsion-go/torsion/core\n\ngo 1.26.0\n",
	"logger/api.txt":     "# github.com/torsion-go/torsion/logger\n\nfunc Log()\n\n",
	"logger/go.mod":      "module github.com/torsion-go/torsion/logger\n\ngo 1.26.0\n",
	"logger/logger.go":   "// Package logger logs.\npackage logger\n\n// Log logs.\nfunc Log() {}\n",
	"web/api.txt":        "# github.com/torsion-go/torsion/web\n\nfunc Page() int\n\n",
	"web/bench/bench.go": "// Package bench is a module of its own.\npackage bench\n",
	"web/bench/go.mod":   "module github.com/torsion-go/torsion/web/bench\n\ngo 1.26.0\n",
	"web/go.mod":         "module github.com/torsion-go/torsion/web\n\ngo 1.26.0\n",
	"web/web.go":         "// Package web serves.\npackage web\n\nimport \"github.com/torsion-go/torsion/core\"\n\n// Page is a page.\nfunc Page() int { return core.Answer() }\n",
	"web/web_test.go": "package web\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestPage(t *testing.T) {\n\tif Page() != 42 {\n\t\tt.Error(Page())\n\t}\n" +
		"\tif _, err := os.Stat(\"../README.md\"); err != nil {\n\t\tt.Error(err)\n\t}\n\tif _, err := os.Stat(\"bench/bench.go\"); err != nil {\n\t\tt.Error(err)\n\t}\n}\n",
}

// A testRepo is a repository in a temporary folder.
type testRepo struct {
	t   *testing.T
	dir string
}

func newRepo(t *testing.T) *testRepo {
	r := &testRepo{t, t.TempDir()}
	for name, text := range small {
		r.write(name, text)
	}
	r.git("init", "--quiet", "--initial-branch=main")
	r.git("config", "user.name", "Somebody")
	r.git("config", "user.email", "somebody@example.org")
	r.git("config", "commit.gpgsign", "false")
	r.git("config", "tag.gpgsign", "false")
	r.commit("begin")
	return r
}

// released makes a copy of the repository with all three modules at v1.0.0. It is made once.
func released(t *testing.T) *testRepo {
	t.Helper()
	releaseOnce.Do(func() {
		r := newRepo(t)
		r.tag(TagOptions{})
		dir, err := os.MkdirTemp("", "release-test-")
		if err == nil {
			err = os.CopyFS(dir, os.DirFS(r.dir))
		}
		if err != nil {
			t.Fatal(err)
		}
		releasedDir = dir
	})
	if releasedDir == "" {
		t.Fatal("the first release failed in another test")
	}
	r := &testRepo{t, t.TempDir()}
	if err := os.CopyFS(r.dir, os.DirFS(releasedDir)); err != nil {
		t.Fatal(err)
	}
	return r
}

var (
	releaseOnce sync.Once
	releasedDir string
)

func TestMain(m *testing.M) {
	code := m.Run()
	if releasedDir != "" {
		os.RemoveAll(releasedDir)
	}
	os.Exit(code)
}

func (r *testRepo) write(name, text string) {
	r.t.Helper()
	file := filepath.Join(r.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		r.t.Fatal(err)
	}
}

func (r *testRepo) read(name string) string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(name)))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

// replace changes a file.
func (r *testRepo) replace(name, old, now string) {
	r.t.Helper()
	text := r.read(name)
	if !strings.Contains(text, old) {
		r.t.Fatalf("%s holds no %q:\n%s", name, old, text)
	}
	r.write(name, strings.Replace(text, old, now, 1))
}

// entry adds one to the changelog.
func (r *testRepo) entry(module, text string) {
	r.t.Helper()
	log, err := ParseChangelog(r.read("CHANGELOG.md"))
	if err != nil {
		r.t.Fatal(err)
	}
	log.Add(module, text)
	r.write("CHANGELOG.md", log.String())
}

func (r *testRepo) git(args ...string) string {
	r.t.Helper()
	out, err := git(r.t.Context(), r.dir, args...)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *testRepo) commit(message string) {
	r.t.Helper()
	r.git("add", "--all")
	r.git("commit", "--quiet", "-m", message)
}

func (r *testRepo) open() *Repo {
	r.t.Helper()
	repo, err := Open(r.t.Context(), r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	return repo
}

// check returns what Check finds wrong, a line each.
func (r *testRepo) check(o CheckOptions) string {
	r.t.Helper()
	problems, err := r.open().Check(r.t.Context(), o)
	if err != nil {
		r.t.Fatal(err)
	}
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// tag releases, and fails the test where that fails.
func (r *testRepo) tag(o TagOptions) *Tagged {
	r.t.Helper()
	if o.Date.IsZero() {
		o.Date = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	}
	made, err := r.open().Tag(r.t.Context(), o)
	if err != nil {
		r.t.Fatal(err)
	}
	return made
}

// withNew gives core a function that web uses.
func (r *testRepo) withNew() {
	r.t.Helper()
	r.write("core/core.go", r.read("core/core.go")+"\n// New is new.\nfunc New() int { return 43 }\n")
	r.replace("core/api.txt", "int\n", "int\nfunc New() int\n")
	r.replace("web/web.go", "return core.Answer()", "return core.New() - 1")
	r.entry("core", "New: New.")
	r.entry("web", "Pages are newer.")
}

// withLine writes the lines about core into web's go.mod and go.sum that its release has.
func (r *testRepo) withLine() {
	r.t.Helper()
	r.write("web/go.mod", r.git("show", "web/v1.0.0:web/go.mod")+"\n")
	r.write("web/go.sum", r.git("show", "web/v1.0.0:web/go.sum")+"\n")
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
