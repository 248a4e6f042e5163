// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
)

func TestList(t *testing.T) {
	type D = *deferred.Deferred[string]
	fire := func(ds []D, order string) {
		for _, r := range order {
			i := int(r|0x20) - 'a'
			if r < 'a' { // capital: an error
				ds[i].Errback(errors.New(string(r)))
			} else {
				ds[i].Callback(string(r))
			}
		}
	}
	const one, bad, eat = 1, 2, 4
	tests := []struct {
		name    string
		o       int
		n       int
		order   string
		want    string
		members string
	}{
		{"all values, out of order", 0, 2, "ba", "all [a <nil>] [b <nil>]", "a b"},
		{"error among them", 0, 3, "cBa", "all [a <nil>] [ B] [c <nil>]", "a !B c"},
		{"not all yet", 0, 2, "a", "pending", "a ?"},
		{"empty", 0, 0, "", "all", ""},
		{"consume errors", eat, 2, "aB", "all [a <nil>] [ B]", "a "},
		{"first value", one, 3, "Bc", "1st 2 [c <nil>]", "? !B c"},
		{"first value, none", one, 2, "BA", "all [ A] [ B]", "!A !B"},
		{"first value, empty", one, 0, "", "empty", ""},
		{"first error", bad, 3, "cB", "number 1: B", "? !B c"},
		{"first error, none", bad, 2, "ab", "all [a <nil>] [b <nil>]", "a b"},
		{"first error, consumed", bad | eat, 2, "BA", "number 1: B", " "},
		{"both, value first", one | bad, 2, "bA", "1st 1 [b <nil>]", "!A b"},
		{"both, error first", one | bad, 2, "Ab", "number 0: A", "!A b"},
		{"first error, empty", bad, 0, "", "all", ""},
	}
	for _, tt := range tests {
		for _, early := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/early=%t", tt.name, early), func(t *testing.T) {
				wantHandled(t)
				ds := make([]D, tt.n)
				for i := range ds {
					ds[i] = deferred.New[string](nil)
				}
				if early && strings.ContainsAny(tt.name, "b") && tt.o == one|bad {
					t.Skip("the order of the arguments decides")
				}
				if early {
					fire(ds, tt.order)
				}
				d := deferred.List(ds, deferred.ListOptions{FireOnOneCallback: tt.o&one != 0, FireOnOneErrback: tt.o&bad != 0, ConsumeErrors: tt.o&eat != 0})
				if !early {
					fire(ds, tt.order)
				}
				want := tt.want
				if early && tt.name == "first error, consumed" {
					want = "number 0: A"
				}
				if got := describe(d); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				var members []string
				for _, m := range ds {
					r, ok := m.Peek()
					switch {
					case !ok:
						members = append(members, "?")
					case r.Err != nil:
						members = append(members, "!"+r.Err.Error())
					default:
						members = append(members, r.Value)
					}
					outcome(m)
				}
				if got := strings.Join(members, " "); got != tt.members {
					t.Errorf("members are %q, want %q", got, tt.members)
				}
			})
		}
	}
}

func describe(d *deferred.Deferred[deferred.ListResult[string]]) string {
	r, ok := d.Peek()
	defer outcome(d)
	var first *deferred.FirstError
	switch {
	case !ok:
		return "pending"
	case errors.Is(r.Err, deferred.ErrEmpty):
		return "empty"
	case errors.As(r.Err, &first):
		return fmt.Sprintf("number %d: %v", first.Index, errors.Unwrap(first))
	}
	text := "all"
	if r.Value.Index >= 0 {
		text = fmt.Sprint("1st ", r.Value.Index)
	}
	for v, err := range r.Value.Results.All() {
		text += fmt.Sprintf(" [%s %v]", v, err)
	}
	return text
}

func TestShortForms(t *testing.T) {
	wantHandled(t)
	value, fail := func() *deferred.Deferred[int] { return deferred.Succeed(3) }, func() *deferred.Deferred[int] { return deferred.Fail[int](errBoom) }
	wantOutcome(t, deferred.All(value(), fail()), "value [{3 <nil>} {0 boom}]")
	wantOutcome(t, deferred.All[int](), "value []")
	wantOutcome(t, deferred.Gather(value(), value()), "value [3 3]")
	wantOutcome(t, deferred.Gather(value(), fail(), fail()), "error deferred: number 1 failed: boom")
	wantOutcome(t, deferred.Gather[int](), "value []")
	wantOutcome(t, deferred.First(fail(), value()), "value {1 3}")
	wantOutcome(t, deferred.First(fail(), fail()), "error deferred: all 2 failed: boom; boom")
	wantOutcome(t, deferred.First[int](), "error "+deferred.ErrEmpty.Error())
	wantOutcome(t, deferred.Race[int](), "error "+deferred.ErrEmpty.Error())
	wantOutcome(t, deferred.Race(fail(), value()), "value {1 3}")
}

func TestListCancelsMembers(t *testing.T) {
	wantHandled(t)
	type D = *deferred.Deferred[int]
	for name, join := range map[string]func(ds ...D) func() string{
		"All": func(ds ...D) func() string {
			d := deferred.All(ds...)
			d.Cancel()
			return func() string { return outcome(d) }
		},
		"Gather": func(ds ...D) func() string {
			d := deferred.Gather(ds...)
			d.Cancel()
			return func() string { return outcome(d) }
		},
		"First": func(ds ...D) func() string {
			d := deferred.First(ds...)
			d.Cancel()
			return func() string { return outcome(d) }
		},
		"Race": func(ds ...D) func() string {
			d := deferred.Race(ds...)
			d.Cancel()
			return func() string { return outcome(d) }
		},
	} {
		cancelled := 0
		member := func() D {
			return deferred.NewCancellable(nil, func(D) {
				if cancelled++; cancelled == 1 {
					panic("a canceller that fails")
				}
			})
		}
		got := join(member(), member())()
		if cancelled != 2 || got == "pending" {
			t.Errorf("%s: %d cancelled, %s", name, cancelled, got)
		}
	}
}

func TestRace(t *testing.T) {
	wantHandled(t)
	lost := 0
	loser := deferred.NewCancellable(nil, func(*deferred.Deferred[int]) { lost++ })
	bad, good := deferred.New[int](nil), deferred.New[int](nil)
	d := deferred.Race(bad, good, loser)
	bad.Errback(errBoom)
	wantOutcome(t, d, "pending")
	good.Callback(7)
	wantOutcome(t, d, "value {1 7}")
	if lost != 1 {
		t.Errorf("the loser was cancelled %d times", lost)
	}

	a, b := deferred.New[int](nil), deferred.New[int](nil)
	d = deferred.Race(a, b)
	errA, errB := errors.New("a"), errors.New("b")
	b.Errback(errB)
	a.Errback(errA)
	r, _ := d.Peek()
	var group *deferred.GroupError
	if !errors.As(r.Err, &group) || group.Errs[0] != errA || group.Errs[1] != errB || !errors.Is(group, errB) {
		t.Errorf("got %v", r.Err)
	}
	outcome(d)
}
