// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"strings"
	"testing"
)

func TestEntriesSince(t *testing.T) {
	code := func(r *testRepo) { r.replace("core/core.go", "42", "40 + 2") }
	surface := func(r *testRepo) { r.replace("core/api.txt", "int\n", "int\nfunc New() int\n") }
	for _, tt := range []struct {
		name string
		make func(r *testRepo)
		want string // part of what is wrong; "" for nothing
	}{
		{"nothing", func(*testRepo) {}, ""},
		{"code", code, "core: changelog: core.go and 0 other files changed since main"},
		{"code, committed", func(r *testRepo) { code(r); r.commit("sum") }, "core: changelog: core.go"},
		{"code that users do not notice", func(r *testRepo) { code(r); r.commit("sum\n\nChangelog: none") }, ""},
		{"code that users do not notice, and code", func(r *testRepo) {
			code(r)
			r.commit("sum\n\nChangelog: none")
			r.replace("core/core.go", "40 + 2", "41 + 1")
			r.commit("other sum")
		}, "core: changelog: core.go"},
		{"code that users do not notice, and a file", func(r *testRepo) {
			code(r)
			r.commit("sum\n\nChangelog: none")
			r.write("core/more.go", "package core\n")
		}, "core: changelog: core.go and 1 other files"},
		{"code that is told", func(r *testRepo) { code(r); r.entry("core", "Sums.") }, ""},
		{"code that is told of another module", func(r *testRepo) { code(r); r.entry("web", "Sums.") }, "core: changelog"},
		{"surface", func(r *testRepo) { surface(r); r.commit("new\n\nChangelog: none") }, "core: changelog: the exported surface changed since main"},
		{"surface that is told", func(r *testRepo) { surface(r); r.entry("core", "New: New.") }, ""},
		{"entry taken away", func(r *testRepo) { code(r); r.replace("CHANGELOG.md", "- New: core.\n\n", "") }, "core: changelog"},
		{"test and document", func(r *testRepo) { r.touch("core"); r.write("core/docs/x.md", "x\n") }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRepo(t)
			r.git("checkout", "--quiet", "-b", "topic")
			tt.make(r)
			repo := r.open()
			log, err := repo.Changelog()
			if err != nil {
				t.Fatal(err)
			}
			problems, err := repo.entriesSince(t.Context(), "main", log)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range problems {
				got = append(got, p.String())
			}
			if text := strings.Join(got, "\n"); tt.want == "" && text != "" || !strings.Contains(text, tt.want) {
				t.Errorf("got %q, want %q", text, tt.want)
			}
		})
	}
	r := newRepo(t)
	if _, err := r.open().Check(t.Context(), CheckOptions{NoTests: true, Since: "nowhere"}); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("since nowhere: %v", err)
	}
	r.replace("core/core.go", "42", "40 + 2")
	if got := r.check(CheckOptions{NoTests: true, Since: "main"}); !strings.Contains(got, "core: changelog: core.go and 0 other files changed since main") {
		t.Errorf("check --since: %q", got)
	}
	r.replace("CHANGELOG.md", "- New: web.\n", "")
	if got := r.check(CheckOptions{NoTests: true}); !strings.Contains(got, "web: changelog: it was never released") {
		t.Errorf("a first release without a word: %q", got)
	}
}
