// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/result"
	"github.com/torsion-go/torsion/trial/runner"
)

// A recorded stream gives what the run itself gives.
func TestReport(t *testing.T) {
	cfg, _, _ := config(t, "fail", "panics", "broken", "order")
	want := outcomes(run(t, cfg))
	cmd := exec.Command("go", "test", "-json", "./fail", "./panics", "./broken", "./order")
	cmd.Dir = cfg.Dir
	stream, _ := cmd.Output() // tests fail
	cfg, rec, _ := config(t)
	s, err := runner.Report(t.Context(), bytes.NewReader(stream), cfg)
	if err != nil || s.Passed || rec.done != 1 {
		t.Errorf("%v, passed %v", err, s.Passed)
	}
	if got := outcomes(s); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReportOfNoStream(t *testing.T) {
	cfg, _, _ := config(t)
	s, err := runner.Report(t.Context(), strings.NewReader("ok  \texample.com/a\t0.1s\n"), cfg)
	if err != nil || s.Passed || !strings.Contains(s.Packages[0].Problems[0].Text, "go test -json") {
		t.Errorf("%v: %+v", err, s.Packages)
	}
	cut := `{"Action":"run","Package":"p","Test":"TestA"}` + "\n" + `{"Action":"outp`
	s, err = runner.Report(t.Context(), strings.NewReader(cut), cfg)
	if err != nil || s.Passed || len(s.Tests) != 1 || s.Tests[0].Outcome != result.Errored {
		t.Errorf("a stream that was cut: %v: %s", err, outcomes(s))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := runner.Report(ctx, strings.NewReader(cut), cfg); err != nil || !s.Interrupted {
		t.Errorf("interrupted: %v, %v", err, s.Interrupted)
	}
}

// The debugger is a script, which tells how it is called.
func TestDebug(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip(err)
	}
	bin := t.TempDir()
	script := "#!/bin/sh\nread line\necho \"$line $1 $2 $(basename $5) $6 $7 $8 $9; in $(basename $PWD)\"\ncat \"$4\"\nexec \"$5\" \"$9\" -test.v\n"
	if err := os.WriteFile(filepath.Join(bin, "dlv"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	cfg, _, _ := config(t, "./order.TestA")
	var out bytes.Buffer
	if err := runner.Debug(t.Context(), cfg, "dlv", strings.NewReader("continue\n"), &out, &out); err != nil {
		t.Fatal(err)
	}
	want := "continue exec --allow-non-terminal-interactive=true order.test -- -test.v -test.timeout=0 -test.run=^TestA$; in order\nbreak failure testing.(*common).Fail\ncontinue\n"
	if got := out.String(); !strings.HasPrefix(got, want) || !strings.Contains(got, "--- PASS: TestA") {
		t.Errorf("got %q", got)
	}
}

// A debugger stops where the test fails: the frames of the test are there.
func TestDebuggers(t *testing.T) {
	for name, commands := range map[string]string{"dlv": "stack 6\nexit\n", "gdb": "bt 6\nquit\n"} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(name); err != nil {
				t.Skip(err)
			}
			cfg, _, _ := config(t, "./fail.TestHelper")
			var out bytes.Buffer
			if err := runner.Debug(t.Context(), cfg, name, strings.NewReader(commands), &out, &out); err != nil {
				t.Skipf("%v: it may not trace processes here: %s", err, &out)
			}
			if got := out.String(); !strings.Contains(got, "fail.check") || !strings.Contains(got, "fail_test.go:32") || !strings.Contains(got, "fail_test.go:27") {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestDebugRefuses(t *testing.T) {
	t.Setenv("PATH", os.Getenv("PATH"))
	for _, tt := range []struct {
		debugger string
		args     []string
		change   func(*runner.Config)
		want     string
	}{
		{"pdb", []string{"order"}, nil, `no debugger "pdb": there are dlv and gdb`},
		{"dlv", []string{"order"}, func(c *runner.Config) { c.Workers = 2 }, "leave -j out"},
		{"dlv", []string{"order"}, func(c *runner.Config) { c.UntilFailure = true }, "--until-failure"},
	} {
		cfg, _, _ := config(t, tt.args...)
		if tt.change != nil {
			tt.change(&cfg)
		}
		err := runner.Debug(t.Context(), cfg, tt.debugger, strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{})
		var wrong *runner.UsageError
		if !errors.As(err, &wrong) || !strings.Contains(wrong.Text, tt.want) {
			t.Errorf("%s: %v, want %q", tt.debugger, err, tt.want)
		}
	}
	if _, err := exec.LookPath("dlv"); err != nil {
		cfg, _, _ := config(t, "order")
		err := runner.Debug(t.Context(), cfg, "dlv", strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), "go install github.com/go-delve/delve/cmd/dlv@latest") {
			t.Errorf("no debugger here: %v", err)
		}
	}
}
