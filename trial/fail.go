// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/trial/internal/marker"
)

// A problem is a failure, or an error.
type problem struct {
	text  string
	errs  []error // those that it is about
	error bool    // it is no assertion that did not hold
}

// Error is Log and Fail.
func (c *Case) Error(args ...any) {
	c.TB.Helper()
	if !c.keep(fmt.Sprintln(args...), errorsOf(args)...) {
		c.TB.Error(args...)
	}
}

// Errorf is Logf and Fail.
func (c *Case) Errorf(format string, args ...any) {
	c.TB.Helper()
	if !c.keep(fmt.Sprintf(format, args...), errorsOf(args)...) {
		c.TB.Errorf(format, args...)
	}
}

// Fail notes that an assertion did not hold.
func (c *Case) Fail() {
	c.TB.Helper()
	if !c.keep("Fail was called") {
		c.TB.Fail()
	}
}

// FailNow is Fail, and ends the phase: the test, SetUp or a cleanup. In a callback of the reactor it ends the callback, and the phase as soon as the reactor has made its pass.
func (c *Case) FailNow() {
	c.TB.Helper()
	c.Fail()
	c.exit(bailFail)
}

// Fatal is Log and FailNow.
func (c *Case) Fatal(args ...any) {
	c.TB.Helper()
	c.Error(args...)
	c.exit(bailFail)
}

// Fatalf is Logf and FailNow.
func (c *Case) Fatalf(format string, args ...any) {
	c.TB.Helper()
	c.Errorf(format, args...)
	c.exit(bailFail)
}

// Failed reports whether something has failed so far, also as its todo says.
func (c *Case) Failed() bool {
	c.mu.Lock()
	kept := len(c.kept) > 0
	c.mu.Unlock()
	return kept || c.TB.Failed()
}

// Skip is Log and SkipNow. A reason is expected. Twisted: SkipTest.
func (c *Case) Skip(args ...any) {
	c.TB.Helper()
	c.skip(strings.TrimSpace(fmt.Sprintln(args...)))
}

// Skipf is Logf and SkipNow.
func (c *Case) Skipf(format string, args ...any) {
	c.TB.Helper()
	c.skip(fmt.Sprintf(format, args...))
}

// SkipNow skips the rest of the test, without a reason, which is worth a warning: Skip has one.
func (c *Case) SkipNow() {
	c.TB.Helper()
	c.skip("")
}

func (c *Case) skip(reason string) {
	c.TB.Helper()
	if strings.TrimSpace(reason) == "" {
		file, line := caller()
		c.warn(file, line, "trial.SkipWithoutReason", "a test was skipped without a reason: Skip takes one")
	} else {
		c.TB.Log(reason)
		c.TB.Attr(marker.Reason, oneLine(reason))
	}
	c.mu.Lock()
	c.skipped = true
	c.mu.Unlock()
	c.exit(bailSkip)
}

// exit ends the phase.
func (c *Case) exit(how int) {
	if r := c.loop.Load(); r != nil && r.OnLoop() {
		if c.bail == 0 {
			c.bail = how
		}
		panic(bailOut{})
	}
	c.exitNow(how)
}

// exitNow ends the phase, outside of the reactor.
func (c *Case) exitNow(how int) {
	c.bail = 0
	if how == bailFail && c.TB.Failed() {
		c.TB.FailNow()
	}
	c.TB.SkipNow() // what failed was kept: it is what the todo says
}

// problem reports an error, about errs, which may be nil, at the place where the test called this package, or else at that of the test.
func (c *Case) problem(text string, errs ...error) {
	file, line := caller()
	if file == "" {
		file, line = c.place()
	}
	c.problemAt(file, line, text, errs...)
}

// problemAt reports an error that has a place of its own.
func (c *Case) problemAt(file string, line int, text string, errs ...error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problemLocked(file, line, text, errs...)
}

func (c *Case) problemLocked(file string, line int, text string, errs ...error) {
	text = strings.TrimRight(text, "\n")
	c.TB.Attr(marker.Error, firstLine(text))
	if !c.keepLocked(text, true, errs...) {
		c.erred = true
		c.TB.Fail()
	}
	// As Error does, but for the place.
	fmt.Fprintf(c.TB.Output(), "%s:%d: %s\n", filepath.Base(file), line, strings.ReplaceAll(text, "\n", "\n    "))
}

// failed reports that err ended something. What the test was told already is not told again.
func (c *Case) failed(what string, err error) {
	c.TB.Helper()
	switch e, ok := protocol.As[*deferred.Failure](err); {
	case told(err):
	case ok:
		c.problem(what+": "+err.Error()+"\n\n"+belowTest(e.Stack.String()), err)
	default:
		c.problem(what+": "+err.Error(), err)
	}
}

// told reports whether err stands for something that has failed the test already: FailNow in a callback, or AssertFailure.
func told(err error) bool {
	var a *assertionError
	if errors.As(err, &a) {
		return true
	}
	f, ok := errors.AsType[*deferred.Failure](err)
	if !ok {
		return false
	}
	_, ok = f.Panic.(bailOut)
	return ok
}

// errorsOf returns the errors among the arguments of Error or Errorf.
func errorsOf(args []any) []error {
	var errs []error
	for _, a := range args {
		if err, ok := a.(error); ok {
			errs = append(errs, err)
		}
	}
	return errs
}

func text(v any) string {
	if err, ok := v.(error); ok {
		return err.Error()
	}
	return fmt.Sprint(v)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.TrimRight(s, "\r")
}

// oneLine makes one line of text, for an attribute.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
