// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/trial"
)

// An order suite tells what is called, and fails where it is told to.
type order struct{ fail string }

func (o *order) note(tc *trial.Case, what string) {
	tc.Helper()
	fmt.Println("call", what)
	if o.fail == what {
		tc.Fatalf("%s fails", what)
	}
}

func (o *order) SetUp(tc *trial.Case) *deferred.Deferred[int] {
	tc.Cleanup(func() { o.note(tc, "cleanup1") })
	o.note(tc, "setUp")
	d := deferred.New[int](tc.Reactor())
	tc.Reactor().CallLater(0, func() { fmt.Println("call setUp's end"); d.Callback(1) })
	return d
}

func (o *order) TestIt(tc *trial.Case) *deferred.Deferred[string] {
	trial.CleanupD(tc, func() *deferred.Deferred[int] {
		fmt.Println("call cleanup2")
		d := deferred.New[int](tc.Reactor())
		tc.Reactor().CallLater(0, func() {
			fmt.Println("call cleanup2's end")
			if o.fail == "cleanup2" {
				d.Errback(io.EOF)
				return
			}
			d.Callback(1)
		})
		return d
	})
	o.note(tc, "test")
	if o.fail == "panic" {
		panic("in the test")
	}
	d := deferred.New[string](tc.Reactor())
	tc.Reactor().CallLater(0, func() {
		fmt.Println("call test's end")
		if o.fail == "deferred" {
			d.Errback(io.EOF)
			return
		}
		d.Callback("")
	})
	return d
}

func (o *order) TearDown(tc *trial.Case) { o.note(tc, "tearDown") }

// every form that a method may have, and some that it may not.
type forms struct{}

func (forms) TestPlain(tc *trial.Case)                             {}
func (forms) TestDeferred(tc *trial.Case) *deferred.Deferred[bool] { return nil }
func (forms) TestError(tc *trial.Case) error                       { return nil }
func (forms) TestBadError(tc *trial.Case) error                    { return io.ErrClosedPipe }
func (forms) TestGenerator(tc *trial.Case) iter.Seq[int] {
	return func(func(int) bool) {}
}
func (forms) TestNothing()             {}
func (forms) TestOfTesting(*testing.T) {}
func (forms) Testify(tc *trial.Case)   { tc.Error("it is no test") }
func (forms) Helper(int)               {}

type hidden struct{}

func (*hidden) TestHidden(*trial.Case) {}

type empty struct{}

type misnamed struct{}

func (misnamed) Setup(*trial.Case)  {}
func (misnamed) TestIt(*trial.Case) {}

type skipping struct{}

func (skipping) SetUp(tc *trial.Case)    { tc.Skip("not here") }
func (skipping) TestIt(tc *trial.Case)   { fmt.Println("call test") }
func (skipping) TearDown(tc *trial.Case) { fmt.Println("call tearDown") }

type todoSuite struct{}

func (todoSuite) SetUp(tc *trial.Case)  { tc.Todo("all of it") }
func (todoSuite) TestIt(tc *trial.Case) { tc.Error("wrong") }

func init() {
	for _, fail := range []string{"", "setUp", "test", "panic", "deferred", "cleanup2", "cleanup1", "tearDown"} {
		samples["suite_order_"+fail] = func(t *testing.T) { trial.RunSuite(t, func() *order { return &order{fail} }) }
	}
	samples["suite_forms"] = func(t *testing.T) { trial.RunSuite(t, func() forms { return forms{} }) }
	samples["suite_hidden"] = func(t *testing.T) { trial.RunSuite(t, func() hidden { return hidden{} }) }
	samples["suite_empty"] = func(t *testing.T) { trial.RunSuite(t, func() empty { return empty{} }) }
	samples["suite_misnamed"] = func(t *testing.T) { trial.RunSuite(t, func() misnamed { return misnamed{} }) }
	samples["suite_skips"] = func(t *testing.T) { trial.RunSuite(t, func() skipping { return skipping{} }) }
	samples["suite_todo"] = func(t *testing.T) { trial.RunSuite(t, func() todoSuite { return todoSuite{} }) }
	samples["suite_undecorated"] = func(t *testing.T) {
		trial.RunSuite(t, func() *order { return &order{} }, func(tc *trial.Case, run func()) {})
	}
	samples["suite_decorator_panics"] = func(t *testing.T) {
		trial.RunSuite(t, func() *order { return &order{} }, func(tc *trial.Case, run func()) { panic("in the decorator") })
	}
}

func TestSuiteOrder(t *testing.T) {
	const whole = "setUp, setUp's end, test, test's end, cleanup2, cleanup2's end, cleanup1, tearDown"
	for fail, want := range map[string]struct{ calls, status, outcome string }{
		"":         {whole, "PASS", ""},
		"setUp":    {"setUp, cleanup1", "FAIL", ""},
		"test":     {"setUp, setUp's end, test, cleanup2, cleanup2's end, cleanup1, tearDown", "FAIL", ""},
		"panic":    {"setUp, setUp's end, test, cleanup2, cleanup2's end, cleanup1, tearDown", "FAIL", "error"},
		"deferred": {whole, "FAIL", "error"},
		"cleanup2": {whole, "FAIL", "error"},
		"cleanup1": {whole, "FAIL", ""},
		"tearDown": {whole, "FAIL", ""},
	} {
		all, text := runSamples(t, "suite_order_"+fail+"$")
		o := all["suite_order_"+fail+"/TestIt"]
		if o == nil {
			t.Fatalf("%s did not run:\n%s", fail, text)
		}
		var calls []string
		for line := range strings.Lines(text) {
			if call, ok := strings.CutPrefix(strings.TrimSpace(line), "call "); ok {
				calls = append(calls, call)
			}
		}
		if got := strings.Join(calls, ", "); got != want.calls {
			t.Errorf("with a failing %q the calls are\n%s, want\n%s", fail, got, want.calls)
		}
		if o.status != want.status || o.outcome != want.outcome {
			t.Errorf("with a failing %q the outcome is %s %q", fail, o.status, o.outcome)
		}
	}
}

func TestSuiteForms(t *testing.T) {
	never := "will never run"
	all := expect(t, "suite_", []expectation{
		{name: "suite_forms/TestPlain", status: "PASS"},
		{name: "suite_forms/TestDeferred", status: "PASS"},
		{name: "suite_forms/TestError", status: "PASS"},
		{name: "suite_forms/TestBadError", status: "FAIL", outcome: "error", says: []string{io.ErrClosedPipe.Error()}},
		{name: "suite_forms/TestGenerator", status: "FAIL", outcome: "error", says: []string{"forms.TestGenerator " + never}},
		{name: "suite_forms/TestNothing", status: "FAIL", outcome: "error", says: []string{"forms.TestNothing " + never}},
		{name: "suite_forms/TestOfTesting", status: "FAIL", outcome: "error", says: []string{"forms.TestOfTesting " + never}},
		{name: "suite_hidden", status: "FAIL", says: []string{"hidden.TestHidden " + never}},
		{name: "suite_empty", status: "FAIL", says: []string{"has no tests"}},
		{name: "suite_misnamed", status: "FAIL", says: []string{"misnamed.Setup " + never}},
		{name: "suite_skips/TestIt", status: "SKIP", says: []string{"not here"}, not: []string{"call "}},
		{name: "suite_todo/TestIt", status: "SKIP", outcome: "todo"},
		{name: "suite_undecorated/TestIt", status: "FAIL", outcome: "error", says: []string{"did not run the test"}},
		{name: "suite_decorator_panics/TestIt", status: "FAIL", outcome: "error", says: []string{"panic: in the decorator"}},
	})
	if all["suite_forms/Testify"] != nil {
		t.Error("Testify ran")
	}
}

// A counting suite is made anew for every test.
type counting struct{ n int }

func (c *counting) SetUp(*trial.Case) { c.n++ }
func (c *counting) TestA(tc *trial.Case) {
	if c.n++; c.n != 2 {
		tc.Errorf("n is %d", c.n)
	}
}
func (c *counting) TestB(tc *trial.Case) { c.TestA(tc) }
func (c *counting) TestC(tc *trial.Case) { c.TestA(tc) }

func TestDecorators(t *testing.T) {
	var seen []string
	decorator := func(name string) trial.Decorator {
		return func(tc *trial.Case, run func()) {
			seen = append(seen, name+" before "+tc.ID().Name)
			run()
			seen = append(seen, name+" after "+tc.ID().Name)
		}
	}
	trial.RunSuite(t, func() *counting { return new(counting) }, decorator("inner"), decorator("outer"))
	var want []string
	for _, test := range []string{"TestA", "TestB", "TestC"} {
		id := "TestDecorators/" + test
		want = append(want, "outer before "+id, "inner before "+id, "inner after "+id, "outer after "+id)
	}
	if !slices.Equal(seen, want) {
		t.Errorf("the decorators saw %q", seen)
	}
}

func TestConfigRunSuite(t *testing.T) {
	ran := 0
	trial.Config{Poller: "portable"}.RunSuite(t, func() any { return new(counting) }, func(tc *trial.Case, run func()) {
		if tc.Reactor().PollerName() == "portable" {
			ran++
		}
		run()
	})
	if ran != 3 {
		t.Errorf("%d tests ran over the poller", ran)
	}
}

// The error of a suite's Deferred is not one that nobody handled.
type failing struct{ d *deferred.Deferred[int] }

func (f failing) TestIt(tc *trial.Case) *deferred.Deferred[error] {
	return trial.AssertFailure(tc, f.d, io.EOF)
}

func TestSuiteOfAssertFailure(t *testing.T) {
	trial.RunSuite(t, func() failing { return failing{deferred.Fail[int](errors.Join(io.EOF))} })
}
