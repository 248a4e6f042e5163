// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
)

func TestChainSides(t *testing.T) {
	// trace runs a chain and tells which functions were called.
	type chain = *deferred.Deferred[int]
	tests := []struct {
		name  string
		build func(d chain, say func(string))
		fire  error // nil: fire with 1
		calls string
		end   string
	}{
		{"pair, value", func(d chain, say func(string)) {
			d.AddCallbacks(func(v int) (int, error) { say("ok"); return v + 1, nil }, func(error) (int, error) { say("bad"); return 0, nil })
		}, nil, "ok", "value 2"},
		{"pair, error", func(d chain, say func(string)) {
			d.AddCallbacks(func(v int) (int, error) { say("ok"); return v, nil }, func(error) (int, error) { say("bad"); return 9, nil })
		}, errBoom, "bad", "value 9"},
		{"pair: its errback doesn't see its callback's error", func(d chain, say func(string)) {
			d.AddCallbacks(func(int) (int, error) { say("ok"); return 5, errBoom }, func(error) (int, error) { say("bad"); return 9, nil })
		}, nil, "ok", "error boom"},
		{"apart: the errback sees the callback's error", func(d chain, say func(string)) {
			d.AddCallback(func(int) (int, error) { say("ok"); return 0, errBoom }).AddErrback(func(error) (int, error) { say("bad"); return 9, nil })
		}, nil, "ok bad", "value 9"},
		{"apart, error: the callback is passed by", func(d chain, say func(string)) {
			d.AddCallback(func(int) (int, error) { say("ok"); return 0, nil }).AddErrback(func(err error) (int, error) { say("bad"); return 0, err })
		}, errBoom, "bad", "error boom"},
		{"back and forth", func(d chain, say func(string)) {
			d.AddErrback(func(error) (int, error) { say("a"); return 2, nil })
			d.AddCallback(func(int) (int, error) { say("b"); return 0, errors.New("late") })
			d.AddCallback(func(int) (int, error) { say("c"); return 0, nil })
			d.AddBoth(func(v int, err error) (int, error) { say("d"); return v, err })
			d.AddErrback(func(err error) (int, error) { say("e"); return 7, nil })
		}, errBoom, "a b d e", "value 7"},
		{"nil functions pass on", func(d chain, say func(string)) {
			d.AddCallbacks(nil, nil).AddCallback(nil).AddErrback(nil)
		}, errBoom, "", "error boom"},
		{"panic", func(d chain, say func(string)) {
			d.AddCallback(func(int) (int, error) { panic("ouch") })
			d.AddErrback(func(err error) (int, error) {
				var f *deferred.Failure
				if errors.As(err, &f) && strings.Contains(f.Traceback(), "TestChainSides") {
					say(f.Error())
				}
				return 0, err
			})
		}, nil, "panic: ouch", "error panic: ouch"},
		{"panic with an error", func(d chain, say func(string)) {
			d.AddCallback(func(int) (int, error) { panic(errBoom) })
			d.AddErrback(func(err error) (int, error) { say(fmt.Sprint(errors.Is(err, errBoom))); return 3, nil })
		}, nil, "true", "value 3"},
		{"done takes the result", func(d chain, say func(string)) {
			d.Done(func(v int, err error) { say(fmt.Sprint(v, err)) })
		}, errBoom, "0 boom", "value 0"},
	}
	for _, tt := range tests {
		for _, firedFirst := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/firedFirst=%t", tt.name, firedFirst), func(t *testing.T) {
				wantHandled(t)
				d := deferred.New[int](nil)
				fire := func() {
					if tt.fire != nil {
						d.Errback(tt.fire)
					} else {
						d.Callback(1)
					}
				}
				var calls []string
				if firedFirst {
					fire()
				}
				tt.build(d, func(s string) { calls = append(calls, s) })
				if !firedFirst {
					fire()
				}
				if got := strings.Join(calls, " "); got != tt.calls {
					t.Errorf("calls %q, want %q", got, tt.calls)
				}
				wantOutcome(t, d, tt.end)
			})
		}
	}
}

func TestManyCallbacksKeepOrder(t *testing.T) {
	for n := range 40 {
		d := deferred.New[[]int](nil)
		var want []int
		for i := range n {
			want = append(want, i)
			d.AddCallback(func(v []int) ([]int, error) { return append(v, i), nil })
		}
		d.Callback(nil)
		if r, _ := d.Peek(); !reflect.DeepEqual(r.Value, want) {
			t.Errorf("%d callbacks: got %v", n, r.Value)
		}
	}
}

func TestCallbacksAddedWhileOneRuns(t *testing.T) {
	d := deferred.New[int](nil)
	var order []string
	note := func(s string) func(int) (int, error) {
		return func(v int) (int, error) { order = append(order, s); return v, nil }
	}
	d.AddCallback(func(v int) (int, error) {
		d.AddCallback(note("nested"))
		order = append(order, "a")
		return v, nil
	}).AddCallback(note("b"))
	d.Callback(1)
	if got := strings.Join(order, " "); got != "a b nested" {
		t.Errorf("order %q", got)
	}
}

func TestDoubleFire(t *testing.T) {
	d := deferred.New[int](nil)
	if err := d.Callback(1); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{d.Callback(2), d.Errback(errBoom)} {
		if !errors.Is(err, deferred.ErrAlreadyCalled) {
			t.Errorf("got %v", err)
		}
	}
	wantOutcome(t, d, "value 1")
}

func TestDoubleFireInDebugModeShowsStacks(t *testing.T) {
	defer deferred.SetDebug(deferred.Debugging())
	deferred.SetDebug(true)
	makeIt := func() *deferred.Deferred[int] { return deferred.New[int](nil) }
	d := makeIt()
	func() { d.Callback(1) }()
	err := d.Callback(2)
	var e *deferred.AlreadyCalledError
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	for name, s := range map[string]deferred.Stack{"created": e.Created, "fired": e.Fired, "again": e.Again} {
		if first, _, _ := strings.Cut(s.String(), "\n"); !strings.Contains(first, "TestDoubleFireInDebugModeShowsStacks") {
			t.Errorf("%s begins at %q", name, first)
		}
	}
	if !strings.Contains(err.Error(), "first fired at") {
		t.Errorf("text %q", err)
	}
}

func TestReadyMade(t *testing.T) {
	wantHandled(t)
	wantOutcome(t, deferred.Succeed(3), "value 3")
	wantOutcome(t, deferred.Fail[int](errBoom), "error boom")
	wantOutcome(t, deferred.Execute(nil, func() (int, error) { return 4, nil }), "value 4")
	wantOutcome(t, deferred.Execute(nil, func() (int, error) { return 4, errBoom }), "error boom")
	wantOutcome(t, deferred.Execute(nil, func() (int, error) { panic(errBoom) }), "error panic: boom")
	wantOutcome(t, deferred.ExecuteD(nil, func() *deferred.Deferred[int] { return deferred.Succeed(5) }), "value 5")
	wantOutcome(t, deferred.ExecuteD(nil, func() *deferred.Deferred[int] { return nil }), "value 0")
	wantOutcome(t, deferred.ExecuteD(nil, func() *deferred.Deferred[int] { panic("x") }), "error panic: x")
	defer func() {
		if recover() == nil {
			t.Error("Fail(nil) went through")
		}
	}()
	deferred.Fail[int](nil)
}

func TestChaining(t *testing.T) {
	type D = *deferred.Deferred[int]
	tests := []struct {
		name string
		fire func(inner D)
		want string
	}{
		{"value", func(inner D) { inner.Callback(2) }, "value 20"},
		{"error", func(inner D) { inner.Errback(errBoom) }, "error boom"},
	}
	for _, tt := range tests {
		for _, early := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/early=%t", tt.name, early), func(t *testing.T) {
				wantHandled(t)
				inner, outer := deferred.New[int](nil), deferred.New[int](nil)
				outer.AddCallbackD(func(int) D { return inner })
				outer.AddCallback(func(v int) (int, error) { return v * 10, nil })
				if early {
					tt.fire(inner)
				}
				outer.Callback(1)
				if !early {
					wantOutcome(t, outer, "pending")
					tt.fire(inner)
				}
				wantOutcome(t, outer, tt.want)
				wantOutcome(t, inner, "value 0") // the result has moved
			})
		}
	}
}

func TestChainingForms(t *testing.T) {
	wantHandled(t)
	fail := func() *deferred.Deferred[int] { return deferred.Fail[int](errBoom) }
	seven := func() *deferred.Deferred[int] { return deferred.Succeed(7) }
	wantOutcome(t, fail().AddErrbackD(func(error) *deferred.Deferred[int] { return seven() }), "value 7")
	wantOutcome(t, seven().AddErrbackD(func(error) *deferred.Deferred[int] { return nil }), "value 7")
	wantOutcome(t, seven().AddBothD(func(int, error) *deferred.Deferred[int] { return fail() }), "error boom")
	wantOutcome(t, seven().AddCallbackD(func(int) *deferred.Deferred[int] { return nil }), "value 0")
	other := deferred.New[int](nil)
	from := seven()
	from.ChainDeferred(other)
	wantOutcome(t, other, "value 7")
	wantOutcome(t, from, "value 0")
	self := deferred.New[int](nil)
	self.AddCallbackD(func(int) *deferred.Deferred[int] { return self })
	self.Callback(1)
	wantOutcome(t, self, "error "+deferred.ErrSelf.Error())
}

func TestInnerWithWorkLeftIsWaitedFor(t *testing.T) {
	inner := deferred.New[int](nil)
	outer := deferred.Succeed(0)
	inner.AddCallback(func(v int) (int, error) {
		outer.AddCallbackD(func(int) *deferred.Deferred[int] { return inner }) // inner is at work
		return v, nil
	}).AddCallback(func(v int) (int, error) { return v + 1, nil })
	inner.Callback(1)
	wantOutcome(t, outer, "value 2")
}

func TestThen(t *testing.T) {
	wantHandled(t)
	text := func(v int) (string, error) { return fmt.Sprint("n", v), nil }
	wantOutcome(t, deferred.Then(deferred.Succeed(3), text), "value n3")
	wantOutcome(t, deferred.Then(deferred.Fail[int](errBoom), text), "error boom")
	wantOutcome(t, deferred.Then(deferred.Succeed(1), func(int) (string, error) { panic("p") }), "error panic: p")
	wantOutcome(t, deferred.ThenBoth(deferred.Fail[int](errBoom), func(_ int, err error) (string, error) { return err.Error(), nil }), "value boom")
	wantOutcome(t, deferred.ThenD(deferred.Succeed(3), func(v int) *deferred.Deferred[string] { return deferred.Succeed("d") }), "value d")
	wantOutcome(t, deferred.ThenD(deferred.Succeed(3), func(v int) *deferred.Deferred[string] { panic("q") }), "error panic: q")
	inner := deferred.New[string](nil)
	out := deferred.ThenD(deferred.Succeed(3), func(int) *deferred.Deferred[string] { return inner })
	wantOutcome(t, out, "pending")
	inner.Callback("late")
	wantOutcome(t, out, "value late")
}

func TestPause(t *testing.T) {
	d := deferred.New[int](nil)
	ran := 0
	d.AddCallback(func(v int) (int, error) { ran++; return v, nil })
	d.Pause()
	d.Pause()
	d.Callback(1)
	d.Unpause()
	if ran != 0 || !d.Paused() {
		t.Errorf("ran %d times with one pause left", ran)
	}
	d.Unpause()
	if ran != 1 || d.Paused() {
		t.Errorf("ran %d times without a pause", ran)
	}
	d.AddCallback(func(v int) (int, error) { d.Pause(); return v, nil }).AddCallback(func(v int) (int, error) { ran++; return v, nil })
	if ran != 1 {
		t.Error("a callback that paused was followed by the next")
	}
	d.Unpause()
	if ran != 2 {
		t.Error("the chain did not go on")
	}
	defer func() {
		if recover() == nil {
			t.Error("Unpause without Pause went through")
		}
	}()
	d.Unpause()
}

func TestPausedInnerIsWaitedFor(t *testing.T) {
	inner := deferred.Succeed(5)
	inner.Pause()
	outer := deferred.Succeed(0).AddCallbackD(func(int) *deferred.Deferred[int] { return inner })
	wantOutcome(t, outer, "pending")
	inner.Unpause()
	wantOutcome(t, outer, "value 5")
}

// deepest is how deep the stack is, in calls.
func depth() int { return len(deferred.NewFailure(errBoom).(*deferred.Failure).Stack) }

func TestLongChainsNeedNoStack(t *testing.T) {
	const n = 10_000
	builds := map[string]func(ds []*deferred.Deferred[int], end func(int) (int, error)) *deferred.Deferred[int]{
		"returned": func(ds []*deferred.Deferred[int], end func(int) (int, error)) *deferred.Deferred[int] {
			for i := range n - 1 {
				ds[i].AddCallbackD(func(int) *deferred.Deferred[int] { return ds[i+1] })
				ds[i].AddCallback(end)
			}
			return ds[0]
		},
		"then": func(ds []*deferred.Deferred[int], end func(int) (int, error)) *deferred.Deferred[int] {
			d := ds[n-1]
			for range n {
				d = deferred.Then(d, end)
			}
			return d
		},
		"forward": func(ds []*deferred.Deferred[int], end func(int) (int, error)) *deferred.Deferred[int] {
			for i := range n - 1 {
				ds[i+1].AddCallback(end)
				ds[i+1].ChainDeferred(ds[i])
				ds[i+1].AddCallback(end)
			}
			return ds[0]
		},
	}
	for name, build := range builds {
		for _, cancel := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/cancel=%t", name, cancel), func(t *testing.T) {
				wantHandled(t)
				ds := make([]*deferred.Deferred[int], n)
				for i := range ds {
					ds[i] = deferred.New[int](nil)
				}
				deepest := 0
				out := build(ds, func(v int) (int, error) { deepest = max(deepest, depth()); return v + 1, nil })
				for _, d := range ds[:n-1] {
					if name == "returned" {
						d.Callback(0)
					}
				}
				if cancel && name != "forward" {
					out.Cancel()
					wantOutcome(t, out, "error deferred: cancelled")
				} else {
					ds[n-1].Callback(0)
					if r, ok := out.Peek(); !ok || r.Value < n-1 {
						t.Errorf("end is %v %t", r, ok)
					}
					if deepest > 30 {
						t.Errorf("stack is %d calls deep", deepest)
					}
				}
			})
		}
	}
}

func TestFailure(t *testing.T) {
	err := deferred.NewFailure(errBoom)
	if !errors.Is(err, errBoom) || err.Error() != "boom" || fmt.Sprintf("%v|%s|%q", err, err, err) != `boom|boom|"boom"` {
		t.Errorf("got %v", err)
	}
	if full := fmt.Sprintf("%+v", err); !strings.Contains(full, "TestFailure") || !strings.HasPrefix(full, "boom\n") {
		t.Errorf("%%+v gives %q", full)
	}
	if wrapped := fmt.Errorf("w: %w", err); deferred.NewFailure(wrapped) != wrapped {
		t.Error("a second Failure was put around the first")
	}
	if deferred.NewFailure(nil) != nil {
		t.Error("NewFailure(nil) is an error")
	}
}
