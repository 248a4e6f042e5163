// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"bytes"
	"strings"
	"testing"
)

// TestTidy has a module that imports a sibling and somebody else's module, and one that imports only the latter, put in order.
func TestTidy(t *testing.T) {
	r := newRepo(t)
	for _, name := range []string{"logger", "web"} {
		r.write(name+"/flags_test.go", "package "+name+"\n\nimport _ \"github.com/spf13/pflag\"\n")
		r.write(name+"/go.mod", "module github.com/torsion-go/torsion/"+name+"\n\ngo 1.26.0\n\nrequire (\n\tgithub.com/spf13/pflag v1.0.9 // indirect\n\tgolang.org/x/mod v0.42.0\n)\n")
		r.write(name+"/go.sum", "example.org/x v1.0.0 h1:x=\n")
	}
	if got := r.check(CheckOptions{NoTests: true}); !strings.Contains(got, "web: tidy: go.mod says // indirect of github.com/spf13/pflag@v1.0.9, which packages import") {
		t.Errorf("before, the check finds\n%s", got)
	}
	var out, errs bytes.Buffer
	if code := Main(t.Context(), []string{"tidy", "-C", r.dir}, &out, &errs); code != 0 || out.String() != "logger/go.mod\nlogger/go.sum\nweb/go.mod\nweb/go.sum\n" {
		t.Fatalf("exit status %d: %s%s", code, out.String(), errs.String())
	}
	for _, name := range []string{"logger", "web"} {
		if got, want := r.read(name+"/go.mod"), "module github.com/torsion-go/torsion/"+name+"\n\ngo 1.26.0\n\nrequire github.com/spf13/pflag v1.0.9\n"; got != want {
			t.Errorf("%s/go.mod:\n%s", name, got)
		}
		if got := r.read(name + "/go.sum"); strings.Count(got, "\n") != 2 || strings.Count(got, "pflag v1.0.9") != 2 {
			t.Errorf("%s/go.sum:\n%s", name, got)
		}
	}
	if got := r.check(CheckOptions{NoTests: true}); got != "" {
		t.Errorf("afterwards, the check finds\n%s", got)
	}
	if changed, err := r.open().Tidy(t.Context(), nil); err != nil || len(changed) > 0 {
		t.Errorf("again: %v, %v, want that nothing changes", changed, err)
	}
}
