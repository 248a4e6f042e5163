// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"errors"
	"fmt"

	"github.com/torsion-go/torsion/core/deferred"
)

// A Result is what a child wrote, and the code with which it exited.
type Result struct {
	Out, Err []byte
	ExitCode int
}

// A SignalError is the failure of OutputAndValue for a child that a signal ended. It has what was written until then, and matches as its *Terminated does.
type SignalError struct {
	Out, Err []byte
	Cause    *Terminated
}

// Error tells the signal.
func (e *SignalError) Error() string { return e.Cause.Error() }

// Unwrap returns Cause.
func (e *SignalError) Unwrap() error { return e.Cause }

// A StderrError is the failure of Output for a child that wrote to standard error. Text is what came first of it, at most 4096 bytes.
type StderrError struct {
	Path string
	Text []byte
}

// Error quotes Text.
func (e *StderrError) Error() string {
	return fmt.Sprintf("process: %q wrote to standard error: %q", e.Path, e.Text)
}

const maxStderrText = 4096

// A collector keeps what a child writes.
type collector struct {
	Base
	result     Result
	limit      int
	stdin      []byte
	together   bool // standard error goes to Out as well
	failStderr bool
	failure    error
	done       func(reason error)
}

func (c *collector) ConnectionMade(t *Transport) {
	if len(c.stdin) > 0 {
		_, _ = t.Write(c.stdin) // a child that does not want it says so by its code
		c.stdin = nil
	}
	t.CloseStdin()
}

func (c *collector) ChildDataReceived(t *Transport, fd int, p []byte) {
	if c.failure != nil {
		return
	}
	if fd == 2 && c.failStderr {
		c.failure = &StderrError{t.cfg.Path, append([]byte(nil), p[:min(len(p), maxStderrText)]...)}
		t.LoseConnection()
		return
	}
	to := &c.result.Out
	if fd == 2 && !c.together {
		to = &c.result.Err
	}
	if len(p) > c.limit-len(*to) {
		c.failure = fmt.Errorf("%w: more than %d bytes from %q", ErrTooMuchOutput, c.limit, t.cfg.Path)
		t.Terminate(-1)
		return
	}
	*to = append(*to, p...)
}

func (c *collector) ProcessEnded(_ *Transport, reason error) {
	if c.failure != nil {
		reason = c.failure
	}
	c.done(reason)
}

// run spawns a child for a collector. Cancelling what it returns kills the child.
func run[T any](r Reactor, cfg Config, c *collector, result func(reason error) (T, error)) *deferred.Deferred[T] {
	if cfg.Descriptors == nil && cfg.PTY == nil {
		cfg.Descriptors = stdPipes()
	}
	c.limit = cfg.MaxOutput
	if c.limit <= 0 {
		c.limit = DefaultMaxOutput
	}
	cfg.MaxBuffered = max(cfg.MaxBuffered, len(c.stdin)) // it is in memory already
	var t *Transport
	var starting *deferred.Deferred[*Transport]
	d := deferred.NewCancellable(r, func(*deferred.Deferred[T]) {
		if t == nil {
			starting.Cancel()
			return
		}
		t.Terminate(-1)
	})
	c.done = func(reason error) {
		v, err := result(reason)
		if err != nil {
			_ = d.Errback(err) // fails when d was cancelled
			return
		}
		_ = d.Callback(v)
	}
	starting = Spawn(r, cfg, c)
	starting.Done(func(started *Transport, err error) {
		if err != nil {
			_ = d.Errback(err)
			return
		}
		t = started
	})
	return d
}

// Output runs a child and gives what it wrote to standard output. As soon as it writes to standard error it loses its pipes and the result is a *StderrError; with
// errorToo that goes with the rest instead, in the order in which it comes. How the child exits does not matter. Other failures: *StartError, ErrTooMuchOutput, and the
// reactor's end. Cancelling kills the child. Loop only. Twisted: getProcessOutput.
func Output(r Reactor, cfg Config, errorToo bool) *deferred.Deferred[[]byte] {
	c := &collector{failStderr: !errorToo, together: errorToo}
	return run(r, cfg, c, func(reason error) ([]byte, error) {
		if c.failure == nil && !isExit(reason) {
			c.failure = reason
		}
		if c.failure != nil {
			return nil, c.failure
		}
		return c.result.Out, nil
	})
}

// Value runs a child, ignores what it writes, and gives the code with which it exits. Failures: *Terminated when a signal ended it; otherwise those of Output. Loop
// only. Twisted: getProcessValue.
func Value(r Reactor, cfg Config) *deferred.Deferred[int] {
	if cfg.Descriptors == nil && cfg.PTY == nil {
		cfg.Descriptors = map[int]Descriptor{}
	}
	return run(r, cfg, &collector{}, exitCode)
}

// OutputAndValue runs a child, writes stdin to it, and gives what it wrote and the code with which it exited. Failures: *SignalError when a signal ended it;
// otherwise those of Output. Loop only. Twisted: getProcessOutputAndValue.
func OutputAndValue(r Reactor, cfg Config, stdin []byte) *deferred.Deferred[Result] {
	c := &collector{stdin: append([]byte(nil), stdin...)}
	return run(r, cfg, c, func(reason error) (Result, error) {
		code, err := exitCode(reason)
		var killed *Terminated
		if errors.As(err, &killed) {
			return Result{}, &SignalError{c.result.Out, c.result.Err, killed}
		}
		if err != nil {
			return Result{}, err
		}
		c.result.ExitCode = code
		return c.result, nil
	})
}

func isExit(reason error) bool {
	var t *Terminated
	return reason == ErrDone || errors.As(reason, &t)
}

// exitCode returns the code that reason tells, or reason.
func exitCode(reason error) (int, error) {
	if reason == ErrDone {
		return 0, nil
	}
	if t, ok := reason.(*Terminated); ok && t.Signal == 0 {
		return t.ExitCode, nil
	}
	return 0, reason
}
