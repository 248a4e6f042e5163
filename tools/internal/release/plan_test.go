// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestPlan(t *testing.T) {
	r := released(t)
	r.withNew()
	r.replace("logger/logger.go", "func Log()", "func Log(string)")
	r.replace("logger/api.txt", "func Log()", "func Log(string)")
	r.commit("new")
	var out, progress bytes.Buffer
	if code := Main(t.Context(), []string{"plan", "-C", r.dir}, &out, &progress); code != 1 {
		t.Errorf("exit status %d, want 1 for a plan that cannot be carried out: %s", code, progress.String())
	}
	const want = `core     v1.0.0     -> v1.1.0       code, 1 commits, minor
  + New: added
logger   v1.0.0     -> v2.0.0       code, 1 commits, major
  ! Log: changed from func() to func(string)
  WRONG: v2.0.0 needs a module path that ends in /v2: undo the incompatible changes, or begin that module
  WRONG: code changed since v1.0.0, and CHANGELOG.md tells nothing of it: write what users notice below ### logger
  WRONG: incompatible with v1.0.0, and CHANGELOG.md has no "- Removed: " entry below ### logger:
	Log: changed from func() to func(string)
web      v1.0.0     -> v1.0.1       code, 1 commits, patch
  requires core v1.1.0
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	if !strings.Contains(progress.String(), "packing web v1.1.0-dev\n") || !strings.Contains(progress.String(), "comparing logger\n") {
		t.Errorf("progress: %s", progress.String())
	}
}

func TestPlanOfSome(t *testing.T) {
	r := released(t)
	r.withNew()
	r.commit("new")
	var out, errs bytes.Buffer
	if code := Main(t.Context(), []string{"plan", "-C", r.dir + "/web", "--json", "--modules=core", "--set=core=v1.4.0"}, &out, &errs); code != 0 {
		t.Fatalf("exit status %d: %s", code, errs.String())
	}
	var got Plan
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := Plan{Modules: []*ModulePlan{
		{Module: "core", Last: "v1.0.0", Change: "code", Commits: 1, API: []APIChange{{"New: added", true}}, Level: "minor", Next: "v1.4.0"},
		{Module: "logger", Last: "v1.0.0", Change: "unchanged"},
		{Module: "web", Last: "v1.0.0", Change: "code", Commits: 1, Requires: []Requirement{{Module: "core", Version: "v1.1.0-dev"}}},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %s", out.String())
	}
	if v := got.Version("core"); v != "v1.4.0" {
		t.Errorf("core will be %s", v)
	}
	if v := got.Version("logger"); v != "v1.0.0" {
		t.Errorf("logger will be %s", v)
	}
}

// TestRequirements tells what makes a version more than a patch although the surface stayed.
func TestRequirements(t *testing.T) {
	r := released(t)
	r.replace("core/core.go", "package core\n", "package core\n\nimport _ \"github.com/spf13/pflag\"\n")
	r.write("core/go.mod", r.read("core/go.mod")+"\nrequire github.com/spf13/pflag v1.0.9\n")
	r.write("core/go.sum", "github.com/spf13/pflag v1.0.9 h1:9exaQaMOCwffKiiiYk6/BndUBv+iRViNW+4lEMi0PvY=\ngithub.com/spf13/pflag v1.0.9/go.mod h1:McXfInJRrz4CZXVZOBLb0bTZqETkiAhM9Iw0y3An2Bg=\n")
	r.entry("core", "Flags.")
	plan, err := r.open().Plan(t.Context(), PlanOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := plan.Modules[0]; p.Next != "v1.1.0" || len(p.API) > 0 {
		t.Errorf("core: %+v, want a minor version", p)
	}
}

func TestCommandLine(t *testing.T) {
	r := newRepo(t)
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"--help", 0, "Release plans, checks and tags"},
		{"check --help", 0, "--no-tests"},
		{"plan --help", 0, "--json"},
		{"tag --help", 0, "--dry-run"},
		{"retract --help", 0, "--reason"},
		{"nope", 2, `unknown command "nope"`},
		{"check --nope", 2, "unknown flag: --nope"},
		{"check surplus", 2, `unexpected argument "surplus"`},
		{"retract core", 2, "takes a module and a version"},
		{"retract core v1.0.0 --reason x -C " + r.dir, 1, "release: error: core has no tag core/v1.0.0"},
		{"plan --modules nope -C " + r.dir, 1, `there is no module "nope"`},
		{"plan --set core=1.0 -C " + r.dir, 1, `core "1.0" is not a version such as v1.2.3`},
		{"tag --set nope=v1.0.0 -C " + r.dir, 1, `there is no module "nope"`},
		{"check -C /", 1, "no go.work at or above /"},
		{"check --no-tests --no-api --modules logger -C " + r.dir, 0, "ok   logger v1.0.0-dev build"},
		{"tag --dry-run --no-tests -C " + r.dir, 0, "without --dry-run these tags would be made: core/v1.0.0 logger/v1.0.0 web/v1.0.0"},
		{"tag --no-tests -C " + r.dir, 0, "git push --atomic origin refs/heads/main core/v1.0.0 logger/v1.0.0 web/v1.0.0"},
		{"check -C " + r.dir, 0, "3 modules, 0 problems"},
	} {
		t.Run(strings.ReplaceAll(tt.args, r.dir, "DIR"), func(t *testing.T) {
			var out bytes.Buffer
			if code := Main(t.Context(), strings.Fields(tt.args), &out, &out); code != tt.code || !strings.Contains(out.String(), tt.want) {
				t.Errorf("exit status %d, want %d, and output with %q:\n%s", code, tt.code, tt.want, out.String())
			}
		})
	}
}

// TestSystems has a change that only users on some systems notice.
func TestSystems(t *testing.T) {
	r := newRepo(t)
	r.write("logger/logger_windows.go", "package logger\n\n// Event logs to the event log.\nfunc Event(int) {}\n")
	r.write("logger/logger_unix.go", "//go:build unix\n\npackage logger\n\n// Syslog logs to syslog.\nfunc Syslog() {}\n")
	r.replace("logger/api.txt", "func Log()\n", "func Log()\nfunc Syslog()\n")
	r.commit("systems")
	r.tag(TagOptions{NoTests: true, PlanOptions: PlanOptions{Modules: []string{"logger"}}})
	r.replace("logger/logger_windows.go", "Event(int)", "Event(string)")
	r.replace("logger/logger_unix.go", "func Syslog() {}\n", "func Syslog() {}\n\n// Journal logs to the journal.\nfunc Journal() {}\n")
	r.replace("logger/api.txt", "func Log()\n", "func Journal()\nfunc Log()\n")
	r.entry("logger", "New: Journal.")

	if got, want := r.check(CheckOptions{NoTests: true}), "logger: changelog: incompatible with v1.0.0, and CHANGELOG.md has no \"- Removed: \" entry below ### logger:\n\tEvent: changed from func(int) to func(string) (windows)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	plan, err := r.open().Plan(t.Context(), PlanOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []APIChange{{"Journal: added (linux, darwin)", true}, {"Event: changed from func(int) to func(string) (windows)", false}}
	for _, p := range plan.Modules {
		if p.Module == "logger" && (!reflect.DeepEqual(p.API, want) || p.Level != "major") {
			t.Errorf("got %+v", p)
		}
	}
}
