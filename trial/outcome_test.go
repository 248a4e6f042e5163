// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"fmt"
	"io"
	"io/fs"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/internal/marker"
)

var patched = 1

func init() {
	sample("out_pass", func(tc *trial.Case) {})
	sample("out_fail", func(tc *trial.Case) { tc.Error("two is not one") })
	sample("out_fatal", func(tc *trial.Case) {
		tc.Cleanup(func() { fmt.Println("cleanup of out_fatal") })
		tc.Fatal("two is not one")
	})
	sample("out_fatal_in_callback", func(tc *trial.Case) {
		d := deferred.New[int](tc.Reactor())
		d.AddCallback(func(int) (int, error) { tc.Fatal("from inside"); return 0, nil })
		tc.Reactor().CallLater(0, func() { d.Callback(1) })
		tc.Until(func() bool { return false })
		fmt.Println("it goes on")
	})
	sample("out_skip_in_callback", func(tc *trial.Case) {
		tc.Reactor().CallLater(0, func() { tc.Skip("not here") })
		tc.Until(func() bool { return false })
	})
	sample("out_panic", func(tc *trial.Case) {
		trial.Patch(tc, &patched, 2)
		panic("out of cheese")
	})
	sample("out_panic_then", func(tc *trial.Case) {
		if patched != 1 {
			tc.Errorf("patched is %d", patched)
		}
	})
	sample("out_panic_error", func(tc *trial.Case) { panic(io.ErrUnexpectedEOF) })
	sample("out_panic_in_callback", func(tc *trial.Case) {
		done := false
		tc.Reactor().CallLater(0, func() { done = true; panic("in a callback") })
		tc.Until(func() bool { return done })
	})
	sample("out_must", func(tc *trial.Case) {
		trial.Must(tc, deferred.Fail[int](io.ErrNoProgress))
		fmt.Println("it goes on")
	})
	sample("out_must_of_a_panic", func(tc *trial.Case) {
		trial.Must(tc, deferred.Execute(nil, func() (int, error) { panic("in a Deferred") }))
	})
	sample("out_fail_now", func(tc *trial.Case) {
		tc.FailNow()
		fmt.Println("it goes on")
	})
	sample("out_fail_quietly", func(tc *trial.Case) { tc.Fail() })
	sample("out_skip", func(tc *trial.Case) { tc.Skip("no network") })
	sample("out_skipf", func(tc *trial.Case) { tc.Skipf("no %s", "network") })
	sample("out_skip_without_reason", func(tc *trial.Case) { tc.SkipNow() })
	sample("out_subtests", func(tc *trial.Case) {
		tc.Run("good", func(tc *trial.Case) {})
		if tc.Run("bad", func(tc *trial.Case) { tc.Error("a part is wrong") }) {
			tc.Log("Run lies")
		}
	})

	sample("todo_fails", func(tc *trial.Case) {
		tc.Todo("not written")
		tc.Error("nothing there")
		if !tc.Failed() {
			fmt.Println("Failed does not see it")
		}
	})
	sample("todo_fatal", func(tc *trial.Case) { tc.Todo("not written"); tc.Fatal("nothing there") })
	sample("todo_panics", func(tc *trial.Case) { tc.Todo("not written"); panic("nothing there") })
	sample("todo_times_out", func(tc *trial.Case) {
		tc.Todo("not written")
		tc.SetTimeout(50 * time.Millisecond)
		trial.Must(tc, deferred.New[int](tc.Reactor()))
	})
	sample("todo_times_out_as_said", func(tc *trial.Case) {
		tc.Todo("not written", trial.Type[*trial.TimeoutError]())
		tc.SetTimeout(50 * time.Millisecond)
		trial.Must(tc, deferred.New[int](tc.Reactor()))
	})
	sample("todo_fails_now", func(tc *trial.Case) { tc.Todo("not written"); tc.FailNow() })
	sample("todo_as_said", func(tc *trial.Case) { tc.Todo("not written", fs.ErrNotExist); tc.Errorf("open: %v", fs.ErrNotExist) })
	sample("todo_of_type", func(tc *trial.Case) {
		tc.Todo("not written", trial.Type[*fs.PathError]())
		tc.Fatal(&fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist})
	})
	sample("todo_otherwise", func(tc *trial.Case) { tc.Todo("not written", fs.ErrNotExist); tc.Error(io.EOF) })
	sample("todo_otherwise_fatal", func(tc *trial.Case) { tc.Todo("not written", fs.ErrNotExist); tc.Fatal("something else") })
	sample("todo_succeeds", func(tc *trial.Case) { tc.Todo("not written") })
	sample("todo_too_late", func(tc *trial.Case) { tc.Error("before"); tc.Todo("not written") })
	sample("todo_logs", func(tc *trial.Case) { tc.Todo("not written"); tc.Logger().Error("bad") })
	sample("todo_cleanup", func(tc *trial.Case) {
		tc.Cleanup(func() { tc.Error("of the cleanup") })
		tc.Todo("not written")
		tc.Error("as expected")
	})
	sample("todo_subtest", func(tc *trial.Case) {
		tc.Todo("not written")
		tc.Run("a", func(tc *trial.Case) { tc.Error("as expected") })
		tc.Run("b", func(tc *trial.Case) {})
	})
	sample("todo_skips", func(tc *trial.Case) { tc.Todo("not written"); tc.Skip("not now") })
}

func TestOutcomes(t *testing.T) {
	all := expect(t, "out_", []expectation{
		{name: "out_pass", status: "PASS"},
		{name: "out_fail", status: "FAIL", says: []string{"outcome_test.go:", "two is not one"}},
		{name: "out_fatal", status: "FAIL", says: []string{"outcome_test.go:", "two is not one", "cleanup of out_fatal"}},
		{name: "out_fatal_in_callback", status: "FAIL", says: []string{"outcome_test.go:", "from inside"}, not: []string{"panic", "it goes on", "logged error", "unhandled"}},
		{name: "out_skip_in_callback", status: "SKIP", says: []string{"not here"}, not: []string{"panic"}},
		{name: "out_panic", status: "FAIL", outcome: "error", says: []string{"panic: out of cheese", "trial_test.init", "outcome_test.go:"}, not: []string{"testing.tRunner"}},
		{name: "out_panic_then", status: "PASS"},
		{name: "out_panic_error", status: "FAIL", outcome: "error", says: []string{"panic: unexpected EOF"}},
		{name: "out_panic_in_callback", status: "FAIL", outcome: "error", says: []string{"logged error", "in a callback"}},
		{name: "out_must", status: "FAIL", outcome: "error", says: []string{"outcome_test.go:54: a Deferred failed: " + io.ErrNoProgress.Error()}, not: []string{"it goes on"}},
		{name: "out_must_of_a_panic", status: "FAIL", outcome: "error", says: []string{"a Deferred failed: panic: in a Deferred", "outcome_test.go:", "trial_test.init"}},
		{name: "out_fail_now", status: "FAIL", not: []string{"it goes on"}},
		{name: "out_fail_quietly", status: "FAIL"},
		{name: "out_skip", status: "SKIP", says: []string{"no network"}},
		{name: "out_skipf", status: "SKIP", says: []string{"no network"}},
		{name: "out_skip_without_reason", status: "SKIP", says: []string{"outcome_test.go:", "without a reason"}},
		{name: "out_subtests", status: "FAIL", not: []string{"Run lies"}},
		{name: "out_subtests/good", status: "PASS"},
		{name: "out_subtests/bad", status: "FAIL", says: []string{"a part is wrong"}},
	})
	if got := all["out_skip"].attrs[marker.Reason]; len(got) != 1 || got[0] != "no network" {
		t.Errorf("the reason of the skip is %q", got)
	}
	if got := all["out_skip"].warnings; len(got) != 0 {
		t.Errorf("a skip with a reason warns: %v", got)
	}
	if got := all["out_skip_without_reason"].warnings; len(got) != 1 || got[0].Category != "trial.SkipWithoutReason" || got[0].Line == 0 {
		t.Errorf("a skip without a reason warns %v", got)
	}
	if got := all["out_panic"].attrs[marker.Error]; len(got) != 1 || got[0] != "panic: out of cheese" {
		t.Errorf("the error is announced as %q", got)
	}
}

func TestTodo(t *testing.T) {
	all := expect(t, "todo_", []expectation{
		{name: "todo_fails", status: "SKIP", outcome: "todo", says: []string{"todo: not written", "nothing there"}, not: []string{"Failed does not see"}},
		{name: "todo_fatal", status: "SKIP", outcome: "todo", says: []string{"todo: not written", "nothing there"}},
		{name: "todo_panics", status: "SKIP", outcome: "todo", says: []string{"todo: not written", "nothing there"}},
		{name: "todo_times_out", status: "SKIP", outcome: "todo", says: []string{"still running at 0.05 secs"}},
		{name: "todo_times_out_as_said", status: "SKIP", outcome: "todo"},
		{name: "todo_fails_now", status: "SKIP", outcome: "todo"},
		{name: "todo_as_said", status: "SKIP", outcome: "todo"},
		{name: "todo_of_type", status: "SKIP", outcome: "todo"},
		{name: "todo_otherwise", status: "FAIL", outcome: "error", says: []string{"but not so", "not written", "EOF"}},
		{name: "todo_otherwise_fatal", status: "FAIL", outcome: "error", says: []string{"but not so", "something else"}},
		{name: "todo_succeeds", status: "PASS", outcome: "unexpected-success", says: []string{"unexpected success: todo: not written"}},
		{name: "todo_too_late", status: "FAIL", says: []string{"before"}},
		{name: "todo_logs", status: "FAIL", outcome: "error", says: []string{"logged error: bad"}},
		{name: "todo_cleanup", status: "FAIL", says: []string{"of the cleanup"}},
		{name: "todo_subtest", status: "SKIP", outcome: "todo"},
		{name: "todo_subtest/a", status: "SKIP", outcome: "todo"},
		{name: "todo_subtest/b", status: "PASS", outcome: "unexpected-success"},
		{name: "todo_skips", status: "SKIP", says: []string{"not now"}},
	})
	if got := all["todo_fails"].attrs[marker.Todo]; len(got) != 1 || got[0] != "not written" {
		t.Errorf("the todo is announced as %q", got)
	}
	expect(t, "todo_succeeds", []expectation{{name: "todo_succeeds", status: "FAIL", says: []string{"unexpected success"}}}, marker.Strict+"=1")
}

func TestPatch(t *testing.T) {
	v := "old"
	t.Run("", func(t *testing.T) {
		restore := trial.Patch(t, &v, "new")
		trial.Patch(t, &v, "newer")
		if v != "newer" {
			t.Errorf("v is %q", v)
		}
		restore()
		if v != "old" {
			t.Errorf("restored early, v is %q", v)
		}
		v = "mine"
		restore()
		if v != "mine" {
			t.Errorf("restored twice, v is %q", v)
		}
	})
	if v != "new" { // what the second one found
		t.Errorf("after the test v is %q", v)
	}
}
