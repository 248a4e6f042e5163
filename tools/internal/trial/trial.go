// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
	"github.com/torsion-go/torsion/trial/runner"
)

// Stdio are the streams of the process.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
}

// Main runs the command with the arguments after its name and returns its exit status. When ctx ends the run is interrupted, and when kill is closed, at once.
func Main(ctx context.Context, args []string, stdio Stdio, kill <-chan struct{}) int {
	o := &options{stdio: stdio}
	cmd := o.command()
	status, started := runner.ExitPassed, false
	cmd.RunE = func(_ *cobraCommand, args []string) error {
		started = true
		var err error
		status, err = o.run(ctx, cmd, args, kill)
		return err
	}
	cmd.SetArgs(normalize(args))
	cmd.SetIn(stdio.In)
	cmd.SetOut(stdio.Out)
	cmd.SetErr(stdio.Err)
	if err := cmd.Execute(); err != nil {
		var wrong *runner.UsageError
		text := strings.TrimPrefix(err.Error(), "runner: ")
		if errors.As(err, &wrong) {
			text = wrong.Text
		}
		if !started || wrong != nil {
			text = strings.TrimSuffix(text, ".") + "\nSee trial --help."
		}
		fmt.Fprintf(stdio.Err, "trial: %s\n", text)
		return runner.ExitFailed
	}
	return status
}

// Execute runs the command as the process, which ends with it.
func Execute() {
	ctx, cancel := context.WithCancel(context.Background())
	kill := make(chan struct{})
	signals := make(chan os.Signal, 2) // a second one must not be lost while the first is handled
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() { // ends with the process
		<-signals
		fmt.Fprintln(os.Stderr, "\ntrial: interrupted: tests that run may end; again ends them at once")
		cancel()
		<-signals
		close(kill)
		signal.Stop(signals) // a third one ends the process, whatever it does
	}()
	os.Exit(Main(ctx, os.Args[1:], Stdio{os.Stdin, os.Stdout, os.Stderr}, kill))
}

// run does what the options say.
func (o *options) run(ctx context.Context, cmd *cobraCommand, args []string, kill <-chan struct{}) (int, error) {
	if done, err := o.answer(cmd); done || err != nil {
		return runner.ExitPassed, err
	}
	if cmd.Flags().NFlag() == 0 && len(args) == 0 {
		return runner.ExitPassed, cmd.Help()
	}
	if at := cmd.ArgsLenAtDash(); at >= 0 {
		args, o.cfg.TestArgs = args[:at], args[at:]
	}
	cfg, err := o.config(args)
	if err != nil {
		return 0, err
	}
	cfg.Kill = kill
	if o.debug {
		return runner.ExitPassed, runner.Debug(ctx, cfg, o.debugger, o.stdio.In, o.stdio.Out, o.stdio.Err)
	}
	rep, err := o.reporter()
	if err != nil {
		return 0, &runner.UsageError{Text: strings.TrimPrefix(err.Error(), "reporter: ")}
	}
	cfg.Reporter = rep
	status, err := o.tests(ctx, cfg)
	if c, ok := rep.(io.Closer); ok {
		err = errors.Join(err, c.Close())
	}
	return status, err
}

// tests runs the tests, or reads what others found.
func (o *options) tests(ctx context.Context, cfg runner.Config) (int, error) {
	switch {
	case o.stdin || o.fromJSON == "-":
		s, err := runner.Report(ctx, o.stdio.In, cfg)
		return exitStatus(s), err
	case o.fromJSON != "":
		f, err := os.Open(o.fromJSON)
		if err != nil {
			return 0, &runner.UsageError{Text: err.Error()}
		}
		defer f.Close()
		s, err := runner.Report(ctx, f, cfg)
		return exitStatus(s), err
	case o.watch:
		return runner.ExitInterrupted, runner.Watch(ctx, cfg, nil)
	}
	s, err := runner.Run(ctx, cfg)
	return exitStatus(s), err
}

// exitStatus is the one that a summary means.
func exitStatus(s *result.Summary) int {
	switch {
	case s == nil:
		return runner.ExitFailed
	case s.Interrupted:
		return runner.ExitInterrupted
	case s.Passed:
		return runner.ExitPassed
	case s.Counts.Flaky > 0 && s.Counts.Failures+s.Counts.Errors == 0:
		return runner.ExitFlaky
	}
	return runner.ExitFailed
}

// reporter makes those that were chosen.
func (o *options) reporter() (reporter.Reporter, error) {
	format, err := reporter.ParseFormat(o.tbformat)
	if err != nil {
		return nil, err
	}
	terminal, width := size(o.stdio.Out)
	opts := reporter.Options{
		Writer: o.stdio.Out, Terminal: terminal, Width: width, RealTime: o.rterrors, Format: format,
		StrictTodo: o.cfg.StrictTodo, Slowest: o.slowest, Timings: o.timings,
	}
	switch o.color {
	case "always":
		opts.Color = reporter.ColorAlways
	case "never":
		opts.Color = reporter.ColorNever
	case "auto":
	default:
		return nil, &runner.UsageError{Text: fmt.Sprintf("no colours %q: there are auto, always and never", o.color)}
	}
	return reporter.Open(o.reporters, opts)
}
