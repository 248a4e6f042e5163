// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/trial"
)

// A recorder is a test that may fail without consequence.
type recorder struct {
	testing.TB
	said  string
	fatal bool
}

func (r *recorder) Helper()           {}
func (r *recorder) Error(args ...any) { r.said += fmt.Sprintln(args...) }
func (r *recorder) Fatalf(f string, a ...any) {
	r.said += fmt.Sprintf(f, a...)
	r.fatal = true
	panic(r)
}

// judge calls f and returns what it said, and whether it ended the test.
func judge(t *testing.T, f func(t testing.TB)) (said string, fatal bool) {
	r := &recorder{TB: t}
	defer func() {
		if v := recover(); v != nil && v != any(r) {
			panic(v)
		}
		said, fatal = r.said, r.fatal
	}()
	f(r)
	return r.said, r.fatal
}

func TestDeferredAssertions(t *testing.T) {
	fired := func() *deferred.Deferred[int] { return deferred.Succeed(5) }
	failed := func() *deferred.Deferred[int] {
		return deferred.Fail[int](&fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist})
	}
	panicked := func() *deferred.Deferred[int] {
		return deferred.Execute(nil, func() (int, error) { panic("oh") })
	}
	pending := func() *deferred.Deferred[int] { return deferred.New[int](nil) }
	success := func(t testing.TB, d *deferred.Deferred[int]) { trial.SuccessResultOf(t, d) }
	failure := func(t testing.TB, d *deferred.Deferred[int]) { trial.FailureResultOf(t, d) }
	failureOf := func(targets ...error) func(testing.TB, *deferred.Deferred[int]) {
		return func(t testing.TB, d *deferred.Deferred[int]) { trial.FailureResultOf(t, d, targets...) }
	}
	no := func(t testing.TB, d *deferred.Deferred[int]) { trial.AssertNoResult(t, d) }
	for _, tt := range []struct {
		name   string
		assert func(testing.TB, *deferred.Deferred[int])
		d      *deferred.Deferred[int]
		says   []string // nothing if it holds
	}{
		{"success of fired", success, fired(), nil},
		{"success of failed", success, failed(), []string{"Success result expected on *deferred.Deferred[int], found failure result instead:", "open x: "}},
		{"success of a panic", success, panicked(), []string{"panic: oh", "results_test.go:"}},
		{"success of pending", success, pending(), []string{"Success result expected on *deferred.Deferred[int], found no result instead"}},
		{"failure of fired", failure, fired(), []string{"Failure result expected on *deferred.Deferred[int], found success result (5) instead"}},
		{"failure of failed", failure, failed(), nil},
		{"failure of pending", failure, pending(), []string{"Failure result expected on *deferred.Deferred[int], found no result instead"}},
		{"failure of a type", failureOf(trial.Type[*fs.PathError]()), failed(), nil},
		{"failure of one", failureOf(io.EOF, fs.ErrNotExist), failed(), nil},
		{"failure of another", failureOf(io.EOF, trial.Type[*deferred.TimeoutError]()), failed(),
			[]string{"Failure of type (EOF or an error of type *deferred.TimeoutError) expected on ", "found *fs.PathError instead:", "open x: "}},
		{"none of fired", no, fired(), []string{"No result expected on *deferred.Deferred[int], found 5 instead"}},
		{"none of failed", no, failed(), []string{"No result expected on *deferred.Deferred[int], found failure result instead:", "open x: "}},
		{"none of pending", no, pending(), nil},
	} {
		said, fatal := judge(t, func(t testing.TB) { tt.assert(t, tt.d) })
		if fatal != (tt.says != nil) {
			t.Errorf("%s: fatal %v: %s", tt.name, fatal, said)
		}
		for _, s := range tt.says {
			if !strings.Contains(said, s) {
				t.Errorf("%s does not say %q: %s", tt.name, s, said)
			}
		}
	}
}

func TestResults(t *testing.T) {
	if got := trial.SuccessResultOf(t, deferred.Succeed("x")); got != "x" {
		t.Errorf("got %q", got)
	}
	if got := trial.FailureResultOf(t, deferred.Fail[int](io.EOF)); got != io.EOF {
		t.Errorf("got %v", got)
	}
}

// AssertNoResult leaves the result to later callbacks.
func TestAssertNoResultKeepsTheResult(t *testing.T) {
	d := deferred.New[int](nil)
	trial.AssertNoResult(t, d)
	d.Callback(4)
	if _, fatal := judge(t, func(t testing.TB) { trial.AssertNoResult(t, d) }); !fatal {
		t.Error("a result is none")
	}
	if got := trial.SuccessResultOf(t, d); got != 4 {
		t.Errorf("the result is %d", got)
	}
}

func TestDeferredAssertionsShowTheOrigin(t *testing.T) {
	defer deferred.SetDebug(deferred.Debugging())
	deferred.SetDebug(true)
	d := deferred.New[int](nil)
	said, _ := judge(t, func(t testing.TB) { trial.SuccessResultOf(t, d) })
	if !strings.Contains(said, "it was made at") || !strings.Contains(said, "results_test.go:") {
		t.Errorf("it says %s", said)
	}
}

func TestAssertFailure(t *testing.T) {
	for _, tt := range []struct {
		name    string
		fire    func(d *deferred.Deferred[int])
		targets []error
		says    string // "" if it holds
	}{
		{"fails", func(d *deferred.Deferred[int]) { d.Errback(io.EOF) }, nil, ""},
		{"fails so", func(d *deferred.Deferred[int]) { d.Errback(io.EOF) }, []error{io.EOF}, ""},
		{"fails otherwise", func(d *deferred.Deferred[int]) { d.Errback(fs.ErrExist) }, []error{io.EOF}, "expected to fail with (EOF), failed with "},
		{"succeeds", func(d *deferred.Deferred[int]) { d.Callback(6) }, []error{io.EOF}, "expected to fail with (EOF), succeeded with 6 instead"},
	} {
		d := deferred.New[int](nil)
		r := &recorder{TB: t}
		out := trial.AssertFailure(r, d, tt.targets...)
		trial.AssertNoResult(t, out)
		tt.fire(d)
		if tt.says == "" {
			if got := trial.SuccessResultOf(t, out); got != io.EOF || r.said != "" {
				t.Errorf("%s: got %v, said %q", tt.name, got, r.said)
			}
			continue
		}
		if err := trial.FailureResultOf(t, out); !strings.Contains(err.Error(), tt.says) || !strings.Contains(r.said, tt.says) {
			t.Errorf("%s: got %v, said %q", tt.name, err, r.said)
		}
	}
}

func init() {
	sample("assert_failure", func(tc *trial.Case) {
		trial.Must(tc, trial.AssertFailure(tc, deferred.Succeed(1)))
		tc.Log("it goes on")
	})
	sample("assert_failure_dropped", func(tc *trial.Case) { trial.AssertFailure(tc, deferred.Fail[int](io.EOF), fs.ErrExist) })
}

// It is an assertion that does not hold, and no error besides.
func TestAssertFailureIsAnAssertion(t *testing.T) {
	expect(t, "assert_", []expectation{
		{name: "assert_failure", status: "FAIL", says: []string{"expected to fail, succeeded with 1"}, not: []string{"it goes on", "a Deferred failed"}},
		{name: "assert_failure_dropped", status: "FAIL", says: []string{"expected to fail with"}, not: []string{"unhandled"}},
	})
}

func TestType(t *testing.T) {
	err := fmt.Errorf("wrapped: %w", &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist})
	trial.FailureResultOf(t, deferred.Fail[int](err), trial.Type[*fs.PathError]())
	if got := trial.Type[*fs.PathError]().Error(); got != "an error of type *fs.PathError" {
		t.Errorf("it is %q", got)
	}
	if errors.Is(err, trial.Type[*fs.PathError]()) {
		t.Error("it is no error like others")
	}
}
