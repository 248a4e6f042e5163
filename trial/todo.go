// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/trial/internal/marker"
)

// A todo is why a test is expected to fail, and with what.
type todo struct {
	reason  string
	targets []error
}

// Todo says that the test is expected to fail, from here on: failures, panics and a time-out of the test do not fail it, and it ends as skipped, with the reason. With targets, each
// of them has to be about an error that matches one of these, by errors.Is or as [Type] says; else it is an error. In SetUp it holds for the test that follows. What goes wrong in
// cleanups and in TearDown, logged errors and an unclean reactor are never expected. A test that succeeds nevertheless passes, which is reported, and fails with Config.Strict. Subtests begin with
// the todo of their parent. Twisted: the attribute todo, makeTodo.
func (c *Case) Todo(reason string, targets ...error) {
	c.TB.Helper()
	c.mu.Lock()
	c.todo = &todo{reason, slices.Clone(targets)}
	c.mu.Unlock()
	c.TB.Attr(marker.Todo, oneLine(reason))
}

// inherited returns the todo for subtests.
func (c *Case) inherited() *todo {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.todo
}

// keep keeps the failure of an assertion for the verdict if a todo covers it.
func (c *Case) keep(text string, errs ...error) bool {
	c.TB.Helper()
	c.mu.Lock()
	kept := c.keepLocked(text, false, errs...)
	c.mu.Unlock()
	if kept {
		c.TB.Log(strings.TrimRight(text, "\n"))
	}
	return kept
}

func (c *Case) keepLocked(text string, isError bool, errs ...error) bool {
	if c.todo == nil || c.phase == nil || c.phase.name != "test" {
		return false
	}
	errs = slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil })
	c.kept = append(c.kept, problem{strings.TrimRight(text, "\n"), errs, isError})
	return true
}

// verdict tells how the test ended, where package testing cannot.
func (c *Case) verdict() {
	c.TB.Helper()
	c.mu.Lock()
	todo, kept, expected, skipped := c.todo, c.kept, c.expected, c.skipped
	c.mu.Unlock()
	if todo != nil && !skipped {
		if len(kept) == 0 && !expected {
			c.unexpected(todo)
		}
		for _, p := range kept {
			if !todo.expects(p) {
				c.problem(fmt.Sprintf("the test is expected to fail, but not so: todo: %s\n%s", todo.reason, p.text), p.errs...)
			}
		}
	}
	c.mu.Lock()
	erred := c.erred
	c.mu.Unlock()
	switch {
	case erred:
		c.TB.Attr(marker.Outcome, "error")
	case len(kept) > 0 || expected:
		if c.TB.Failed() {
			return
		}
		if c.parent != nil {
			c.parent.mu.Lock()
			c.parent.expected = true
			c.parent.mu.Unlock()
		}
		c.TB.Attr(marker.Outcome, "todo")
		c.TB.Skip("todo: " + todo.reason)
	}
}

// unexpected follows a success in spite of a todo.
func (c *Case) unexpected(todo *todo) {
	c.TB.Helper()
	switch {
	case c.TB.Failed(): // for a reason of its own
	case c.cfg.Strict || set(marker.Strict):
		c.TB.Error("unexpected success: todo: " + todo.reason)
	default:
		c.TB.Log("unexpected success: todo: " + todo.reason)
		c.TB.Attr(marker.Outcome, "unexpected-success")
	}
}

func (t *todo) expects(p problem) bool {
	return len(t.targets) == 0 || slices.ContainsFunc(p.errs, func(err error) bool { return matches(err, t.targets) })
}

// Type returns a target that matches the errors that errors.As finds an E in. It is for [Case.Todo], [Case.FlushLoggedErrors], [FailureResultOf] and [AssertFailure].
func Type[E error]() error { return typeTarget[E]{} }

type typeTarget[E error] struct{}

func (typeTarget[E]) Error() string {
	return fmt.Sprintf("an error of type %T", *new(E))
}

func (typeTarget[E]) found(err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// matches reports whether err matches one of the targets.
func matches(err error, targets []error) bool {
	return slices.ContainsFunc(targets, func(target error) bool {
		if t, ok := target.(interface{ found(error) bool }); ok {
			return t.found(err)
		}
		return errors.Is(err, target)
	})
}
