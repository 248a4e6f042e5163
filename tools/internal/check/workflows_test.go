// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"bytes"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"github.com/torsion-go/torsion/tools/internal/release"
)

// TestWorkflowSteps holds that every step runs somewhere, and that what workflows ask of the commands exists.
func TestWorkflowSteps(t *testing.T) {
	_, all := workflows(t)
	var runs []string
	for _, c := range commands(t, all) {
		switch c.program {
		case "check":
			flags, o := newFlags(io.Discard)
			if err := flags.Parse(c.args); err != nil || flags.NArg() > 0 {
				t.Errorf("%s: %v", c.where, err)
				continue
			}
			chosen, err := choose(o.only)
			if err == nil {
				err = o.valid()
			}
			if err != nil || o.only == "" {
				t.Errorf("%s: -run %q: %v", c.where, o.only, err)
			}
			for _, s := range chosen {
				runs = append(runs, s.name)
			}
		case "release":
			var out bytes.Buffer
			if code := release.Main(t.Context(), append(slices.Clone(c.args), "--help"), &out, &out); code != 0 || strings.Contains(out.String(), "Available Commands") {
				t.Errorf("%s: exit status %d\n%s", c.where, code, out.String())
			}
		default:
			t.Errorf("%s: which program is that?", c.where)
		}
	}
	within := map[string]string{"cross": "cross-all"} // does the same for more systems: TestWorkflowTargets
	for _, s := range steps {
		if !slices.Contains(runs, s.name) && !slices.Contains(runs, within[s.name]) {
			t.Errorf("no workflow runs the step %s", s.name)
		}
	}
}

func TestWorkflowModules(t *testing.T) {
	root := clone(t)
	_, all := workflows(t)
	r, err := release.Open(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	c := &checker{ctx: t.Context(), root: root}
	dirs, err := c.dirs()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Workspace, dirs) {
		t.Errorf("release knows the modules %q, check %q", r.Workspace, dirs)
	}
	// Those of a change are computed.
	check := all["check"]
	for _, name := range []string{"linux", "systems"} {
		j := check.Jobs[name]
		if _, dynamic, err := j.matrix("module"); err != nil || dynamic != "${{ fromJSON(needs.affected.outputs.modules) }}" || !slices.Contains(j.Needs, "affected") {
			t.Errorf("check.yml: %s does not run for the affected modules: %q, %v", name, dynamic, err)
		}
	}
	if got := check.Jobs["affected"].Outputs["modules"]; got != "${{ steps.affected.outputs.modules }}" {
		t.Errorf("check.yml: affected tells %q", got)
	}
	// Those of the night are listed.
	targets, err := c.fuzzTargets()
	if err != nil {
		t.Fatal(err)
	}
	fuzzed, soaked, published := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, f := range targets {
		fuzzed[moduleOf(dirs, f.dir)] = true
	}
	for _, s := range soakers {
		soaked[moduleOf(dirs, s.dir)] = true
	}
	for _, m := range r.Modules {
		if !strings.Contains(m.Name, "/") { // one that go.work leaves out needs more than a plain machine: the step hosted
			published[m.Name] = true
		}
	}
	for name, want := range map[string]map[string]bool{"fuzz": fuzzed, "soak": soaked, "alone": published} {
		got, _, err := all["nightly"].Jobs[name].matrix("module")
		if want := slices.Sorted(maps.Keys(want)); err != nil || !slices.Equal(got, want) {
			t.Errorf("nightly.yml: %s is for the modules %q, want %q; %v", name, got, want, err)
		}
	}
}

func TestWorkflowTargets(t *testing.T) {
	_, all := workflows(t)
	got, _, err := all["check"].Jobs["cross"].matrix("target")
	if err != nil || !slices.Equal(got, allTargets) {
		t.Errorf("check.yml builds for %q, the step cross-all for %q; %v", got, allTargets, err)
	}
}

// TestWorkflowGo holds that tests run with the oldest Go that the modules promise, and with the newest.
func TestWorkflowGo(t *testing.T) {
	root, all := workflows(t)
	name := filepath.Join(root, "core", "go.mod")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	core, err := modfile.ParseLax(name, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	oldest := core.Go.Version
	if got, _, err := all["check"].Jobs["linux"].matrix("go"); err != nil || !slices.Equal(got, []string{oldest, "stable"}) {
		t.Errorf("check.yml: linux has Go %q, want %s and stable; %v", got, oldest, err)
	}
	for _, w := range all {
		if w.Env["GOTOOLCHAIN"] != "local" {
			t.Errorf("%s: GOTOOLCHAIN is not local: another Go than the one that is set up may run", w.file)
		}
		for name, j := range w.Jobs {
			for _, s := range j.Steps {
				if v := s.With["go-version"]; strings.HasPrefix(s.Uses, "actions/setup-go@") && v != "stable" && v != "${{ matrix.go }}" {
					t.Errorf("%s: %s: Go %q, want stable", w.file, name, v)
				}
			}
		}
	}
}

// TestWorkflowSafety holds that no job may do more than it has to, and none runs what somebody else can change.
func TestWorkflowSafety(t *testing.T) {
	_, all := workflows(t)
	pinned := regexp.MustCompile(`uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n`)
	mayWrite := map[string]string{"release.yml: publish": "contents"}
	for _, w := range all {
		if len(w.Permissions) != 1 || w.Permissions["contents"] != "read" {
			t.Errorf("%s: permissions %v, want contents: read", w.file, w.Permissions)
		}
		if uses := strings.Count(w.text, "uses: "); uses != len(pinned.FindAllString(w.text, -1)) {
			t.Errorf("%s: an action is not pinned by its commit, with the version behind it", w.file)
		}
		for _, never := range []string{"secrets.", "pull_request_target", "workflow_run"} {
			if strings.Contains(w.text, never) {
				t.Errorf("%s: %s", w.file, never)
			}
		}
		if w.Defaults.Run.Shell != "bash" {
			t.Errorf("%s: the shell is not bash, as it has to be in containers and on Windows", w.file)
		}
		for name, j := range w.Jobs {
			where := w.file + ": " + name
			if j.Timeout == 0 || j.RunsOn == "" || len(j.Steps) == 0 {
				t.Errorf("%s: no timeout-minutes, runs-on or steps", where)
			}
			for permission, to := range j.Permissions {
				if to == "write" && mayWrite[where] != permission {
					t.Errorf("%s: may write %s", where, permission)
				}
			}
			for _, need := range j.Needs {
				if w.Jobs[need] == nil {
					t.Errorf("%s: there is no job %s", where, need)
				}
			}
			for _, s := range j.Steps {
				if strings.Contains(s.Run, "${{") {
					t.Errorf("%s: an expression in a script: somebody may put commands into it; use env", where)
				}
				if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != "false" && mayWrite[where] == "" {
					t.Errorf("%s: the token stays on the disk", where)
				}
			}
		}
	}
	check := all["check"]
	want := slices.DeleteFunc(slices.Sorted(maps.Keys(check.Jobs)), func(s string) bool { return s == "passed" })
	if got := slices.Sorted(slices.Values(check.Jobs["passed"].Needs)); !slices.Equal(got, want) {
		t.Errorf("check.yml: passed waits for %q, want %q", got, want)
	}
}

// TestActionlint has a linter look at the workflows: keys, expressions, contexts.
func TestActionlint(t *testing.T) {
	root := clone(t)
	if _, err := exec.LookPath("actionlint"); err != nil {
		t.Skip("no actionlint")
	}
	cmd := exec.CommandContext(t.Context(), "actionlint", "-shellcheck=", "-pyflakes=")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
