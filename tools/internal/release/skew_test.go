// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"bytes"
	"strings"
	"testing"
)

func TestSkew(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(r *testRepo)
		o    SkewOptions
		want string // of what it prints
		code int
	}{
		{"nothing changed", func(*testRepo) {}, SkewOptions{}, "web v1.0.0 meets nothing newer than it was released with\n0 released modules tried, 0 problems\n", 0},
		{"core grew", (*testRepo).withNew, SkewOptions{}, "ok   web v1.0.0 with core v1.1.0-dev", 0},
		{"core lost what web calls", func(r *testRepo) {
			r.replace("core/core.go", "// Answer answers.\nfunc Answer()", "// Reply answers.\nfunc Reply()")
			r.replace("core/core_test.go", "Answer() != 42", "Reply() != 42")
			r.replace("core/core_test.go", "t.Error(Answer())", "t.Error(Reply())")
			r.replace("web/web.go", "core.Answer()", "core.Reply()") // the tree is in order
		}, SkewOptions{NoTests: true}, "FAIL web: skew: web v1.0.0 with core v1.1.0-dev: go build -trimpath -o /dev/null ./...: exit status 1\n# github.com/torsion-go/torsion/web\n./web.go:7:31: undefined: core.Answer", 1},
		{"core answers otherwise", func(r *testRepo) {
			r.replace("core/core.go", "42", "43")
			r.replace("core/core_test.go", "42", "43")
			r.replace("web/web.go", "core.Answer()", "core.Answer() - 1")
		}, SkewOptions{}, "FAIL web: skew: web v1.0.0 with core v1.1.0-dev: go test ./...: exit status 1\n--- FAIL: TestPage", 1},
		{"the same without tests", func(r *testRepo) { r.replace("core/core.go", "42", "43") }, SkewOptions{NoTests: true}, "1 released modules tried, 0 problems", 0},
		{"the same of another module", func(r *testRepo) { r.replace("core/core.go", "42", "43") }, SkewOptions{Modules: []string{"logger"}}, "0 released modules tried, 0 problems", 0},
		{"core needs a module of others", func(r *testRepo) {
			r.write("core/core.go", "// Package core answers.\npackage core\n\nimport _ \"golang.org/x/mod/semver\"\n\n// Answer answers.\nfunc Answer() int { return 42 }\n")
			r.write("core/go.mod", r.read("core/go.mod")+"\nrequire golang.org/x/mod v0.42.0\n")
			r.write("core/go.sum", sums(r.t, "golang.org/x/mod v0.42.0"))
		}, SkewOptions{}, "ok   web v1.0.0 with core v1.1.0-dev", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := released(t)
			tt.make(r)
			status := r.git("status", "--porcelain")
			args := []string{"skew", "-C", r.dir}
			if tt.o.NoTests {
				args = append(args, "--no-tests")
			}
			for _, name := range tt.o.Modules {
				args = append(args, "--modules="+name)
			}
			var out bytes.Buffer
			if code := Main(t.Context(), args, &out, &out); code != tt.code || !strings.Contains(out.String(), tt.want) {
				t.Errorf("exit status %d, want %d, and output with %q:\n%s", code, tt.code, tt.want, out.String())
			}
			if r.git("status", "--porcelain") != status {
				t.Error("the tree changed")
			}
		})
	}
}

func TestSkewWithoutTags(t *testing.T) {
	r := newRepo(t)
	var out bytes.Buffer
	tried, problems, err := r.open().Skew(t.Context(), SkewOptions{Out: &out})
	if tried != 0 || len(problems) > 0 || err != nil {
		t.Errorf("tried %d, %v, %v: want nothing to do\n%s", tried, problems, err, out.String())
	}
	if _, _, err := r.open().Skew(t.Context(), SkewOptions{Modules: []string{"nope"}}); err == nil || !strings.Contains(err.Error(), `"nope"`) {
		t.Errorf("of nothing: %v", err)
	}
}

// sums returns the lines of tools' own go.sum about a version.
func sums(t *testing.T, version string) string {
	t.Helper()
	var found strings.Builder
	for line := range strings.Lines(readFile(t, "../../go.sum")) {
		if strings.HasPrefix(line, version+" ") || strings.HasPrefix(line, version+"/go.mod ") {
			found.WriteString(line)
		}
	}
	return found.String()
}
