// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Debuggers are the programs that Debug knows.
func Debuggers() []string { return []string{"dlv", "gdb"} }

// Debug runs the tests of one package in a debugger, on the terminal of the process, and returns when the user leaves it. It stops where a test fails, in the frame of package testing that the test called, or panics.
//
// It is a [*UsageError] if the debugger is unknown or not installed, if cfg means more than a package, or has what does not go with a debugger.
func Debug(ctx context.Context, cfg Config, debugger string, stdin io.Reader, stdout, stderr io.Writer) error {
	cfg = cfg.defaults()
	cfg.NoRecurse = true
	if err := cfg.check(); err != nil {
		return err
	}
	switch {
	case cfg.Workers != 0:
		return usage("a debugger can't follow workers: leave -j out")
	case cfg.DryRun || cfg.UntilFailure || cfg.Copies > 1 || cfg.RerunFails > 0:
		return usage("a debugger runs the tests once: leave --dry-run, --until-failure, --stress and --rerun-fails out")
	case debugger != "dlv" && debugger != "gdb":
		return usage("no debugger %q: there are %s", debugger, strings.Join(Debuggers(), " and "))
	}
	program, err := exec.LookPath(debugger)
	if err != nil {
		how := "go install github.com/go-delve/delve/cmd/dlv@latest"
		if debugger == "gdb" {
			how = "install the package gdb of your system"
		}
		return usage("the debugger %s is not here: %s", debugger, how)
	}
	r, err := open(cfg)
	if err != nil {
		return err
	}
	defer r.close() // the end of the debugger is what counts
	r.packages = nil
	if err := r.list(ctx); err != nil {
		return err
	}
	jobs := whole(r.plan(), cfg.Run)
	if len(jobs) != 1 {
		return usage("a debugger runs the tests of one package, and these are %d: name one that has tests", len(jobs))
	}
	r.cfg.GoFlags = append(r.cfg.GoFlags, "-gcflags=all=-N -l")
	if err := r.build(packagesOf(jobs)); err != nil {
		return err
	}
	j := jobs[0]
	if said := r.broken[j.pkg.ImportPath]; said != nil {
		return fmt.Errorf("runner: %s does not compile:\n%s", j.pkg.ImportPath, said)
	}
	flags := append([]string{"-test.v", "-test.timeout=0", "-test.run=" + j.run}, cfg.TestArgs...)
	args, err := r.debugger(debugger, r.binaries[j.pkg.ImportPath], flags)
	if err != nil {
		return err
	}
	// It has the terminal, and its signals, to itself: no group of its own.
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = j.pkg.Dir
	cmd.Env = append(os.Environ(), r.environment()...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("runner: %s: %w", debugger, err)
	}
	return nil
}

// onFailure is what every failure of a test calls.
const onFailure = "testing.(*common).Fail"

// debugger returns the arguments with which a debugger starts the tests and stops where one fails.
func (r *run) debugger(name, binary string, flags []string) ([]string, error) {
	if name == "gdb" {
		return append([]string{"-ex", "set confirm off", "-ex", "set breakpoint pending on", "-ex", "break '" + onFailure + "'", "-ex", "break runtime.fatalpanic", "-ex", "run", "--args", binary}, flags...), nil
	}
	file := r.temp.path("dlv")
	if err := os.WriteFile(file, []byte("break failure "+onFailure+"\ncontinue\n"), 0o666); err != nil {
		return nil, fmt.Errorf("runner: the commands of the debugger: %w", err)
	}
	return append([]string{"exec", "--allow-non-terminal-interactive=true", "--init", file, binary, "--"}, flags...), nil
}
