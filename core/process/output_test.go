// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package process_test

import (
	"bytes"
	"errors"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/reactor"
)

func TestOutput(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		output := func(script string, both bool) ([]byte, error) {
			return on(t, r, func() *deferred.Deferred[[]byte] { return process.Output(r, sh(script), both) })
		}
		if out, err := output("echo out; exit 3", false); err != nil || string(out) != "out\n" {
			t.Errorf("%q, %v", out, err)
		}
		_, err := output("echo bad >&2; cat /dev/zero", false)
		var stderr *process.StderrError
		if !errors.As(err, &stderr) || string(stderr.Text) != "bad\n" {
			t.Errorf("%v", err)
		}
		if out, err := output("echo bad >&2", true); err != nil || string(out) != "bad\n" {
			t.Errorf("%q, %v", out, err)
		}
		cfg := process.Config{Args: []string{"yes"}, MaxOutput: 100_000}
		if _, err := on(t, r, func() *deferred.Deferred[[]byte] { return process.Output(r, cfg, false) }); !errors.Is(err, process.ErrTooMuchOutput) {
			t.Error(err)
		}
		if _, err := on(t, r, func() *deferred.Deferred[[]byte] { return process.Output(r, process.Config{Path: "/none"}, false) }); err == nil {
			t.Error("a program that is not there")
		}
	})
}

func TestValue(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		value := func(script string) (int, error) {
			return on(t, r, func() *deferred.Deferred[int] { return process.Value(r, sh(script)) })
		}
		for script, want := range map[string]int{"exit 0": 0, "exit 42": 42, "echo ignored; echo ignored >&2; exit 7": 7, "cat; exit 1": 1} {
			if got, err := value(script); got != want || err != nil {
				t.Errorf("%q: %d, %v", script, got, err)
			}
		}
		var term *process.Terminated
		if _, err := value("kill -9 $$"); !errors.As(err, &term) || term.Signal != syscall.SIGKILL {
			t.Error(err)
		}
	})
}

func TestOutputAndValue(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		run := func(script string, stdin []byte) (process.Result, error) {
			return on(t, r, func() *deferred.Deferred[process.Result] { return process.OutputAndValue(r, sh(script), stdin) })
		}
		long := bytes.Repeat([]byte("0123456789"), 300_000)
		res, err := run("cat; echo err >&2; exit 5", long)
		if err != nil || !bytes.Equal(res.Out, long) || string(res.Err) != "err\n" || res.ExitCode != 5 {
			t.Errorf("%d bytes, %q, %d, %v", len(res.Out), res.Err, res.ExitCode, err)
		}
		if res, err := run("exit 2", long); err != nil || res.ExitCode != 2 {
			t.Errorf("a child that reads nothing: %d, %v", res.ExitCode, err)
		}
		_, err = run("echo out; echo err >&2; kill -TERM $$", nil)
		var killed *process.SignalError
		if !errors.As(err, &killed) || killed.Cause.Signal != syscall.SIGTERM || string(killed.Out) != "out\n" || string(killed.Err) != "err\n" {
			t.Error(err)
		}
	})
}

// Cancelling kills, before the child runs and after.
func TestCancelOutput(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		cfg := process.Config{Args: []string{"sleep", "1000"}}
		for _, wait := range []bool{false, true} {
			_, err := on(t, r, func() *deferred.Deferred[[]byte] {
				d := process.Output(r, cfg, false)
				if !wait {
					d.Cancel()
				} else {
					r.CallLater(0, d.Cancel)
				}
				return d
			})
			if !errors.Is(err, deferred.ErrCancelled) {
				t.Error(err)
			}
		}
	})
}
