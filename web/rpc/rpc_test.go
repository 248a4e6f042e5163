// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rpc_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/rpc"
	"github.com/torsion-go/torsion/web/webtest"
)

// values are arguments that are of the right type already.
type values []any

func (v values) Len() int { return len(v) }

func (v values) Scan(i int, into reflect.Value) error {
	if reflect.TypeOf(v[i]) != into.Type() {
		return errors.New("wrong type")
	}
	into.Set(reflect.ValueOf(v[i]))
	return nil
}

type api struct {
	rpc.Methods
	calls int
}

func (a *api) RPC_count() int { a.calls++; return a.calls }
func (a *api) RPC_twice(s string) string {
	return s + s
}
func (a *api) Hidden() {}

// loop is a Source that refers to itself.
type loop struct{}

func (loop) Names() []string { return []string{"l"} }
func (loop) Lookup(name string) any {
	if name == "l" {
		return loop{}
	}
	return nil
}

func TestFind(t *testing.T) {
	f := func() {}
	sub := &api{Methods: rpc.Methods{"f": f}}
	table := rpc.Methods{"f": f, "a": rpc.Methods{"f": f, "b": rpc.Methods{"f": f}}, "a.x.f": f, "sub": sub, "api": rpc.Prefixed(sub, "RPC_"), "bad": 1, "nil": (func())(nil), "loop": loop{}}
	for _, tt := range []struct{ name, err string }{
		{"f", ""}, {"a.f", ""}, {"a.b.f", ""}, {"a.x.f", ""}, {"sub.f", ""}, {"api.count", ""}, {"api.twice", ""},
		{"", "no such method"}, {"a", "no such method"}, {"a.", "no such method"}, {"a.b.g", "no such method"}, {"f.f", "no such method"}, {"api.Hidden", "no such method"},
		{"bad", "int is no function"}, {"nil", "is no function"}, {"loop" + strings.Repeat(".l", 100), "no such method"},
	} {
		_, err := rpc.Find(table, tt.name, ".")
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%q: %v, want %q", tt.name, err, tt.err)
		}
	}
	want := []string{"a.b.f", "a.f", "a.x.f", "api.count", "api.twice", "bad", "f", "nil", "sub.f"}
	if got := rpc.List(table, "."); !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	if err := rpc.Check(table, "."); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("Check: %v", err)
	}
	if _, err := rpc.Find(rpc.Methods{"f": func() (int, int) { return 0, 0 }}, "f", "."); err == nil {
		t.Error("a function with two values was taken")
	}
}

// call calls f in a request, and returns how it ended.
func call(t *testing.T, f any, args ...any) (value any, err error) {
	t.Helper()
	err = errors.New("not called")
	webtest.Get(web.Func(func(r *web.Request) {
		p, e := rpc.Find(rpc.Methods{"f": f}, "f", ".")
		if e != nil {
			t.Fatal(e)
		}
		p.Call(r, values(args)).Done(func(v any, e error) { value, err = v, e })
	}), "/")
	return value, err
}

func TestCall(t *testing.T) {
	boom := errors.New("boom")
	for _, tt := range []struct {
		name    string
		f       any
		args    []any
		want    any
		outcome rpc.Outcome
	}{
		{"nothing", func() {}, nil, nil, rpc.Succeeded},
		{"value", func(a, b int) int { return a - b }, []any{5, 2}, 3, rpc.Succeeded},
		{"request", func(r *web.Request, s string) string { return r.Method + s }, []any{"!"}, "GET!", rpc.Succeeded},
		{"variadic", func(s string, n ...int) int { return len(s) + len(n) }, []any{"ab", 1, 2, 3}, 5, rpc.Succeeded},
		{"variadic without", func(s string, n ...int) int { return len(s) + len(n) }, []any{"ab"}, 2, rpc.Succeeded},
		{"value and no error", func() (int, error) { return 1, nil }, nil, 1, rpc.Succeeded},
		{"Deferred", func() *deferred.Deferred[string] { return deferred.Succeed("later") }, nil, "later", rpc.Succeeded},
		{"Deferred as any", func() any { return deferred.Succeed("later") }, nil, "later", rpc.Succeeded},
		{"nil as any", func() any { return nil }, nil, nil, rpc.Succeeded},
		{"error", func() error { return boom }, nil, nil, rpc.Failed},
		{"value and error", func() (int, error) { return 1, boom }, nil, nil, rpc.Failed},
		{"Deferred that fails", func() *deferred.Deferred[string] { return deferred.Fail[string](boom) }, nil, nil, rpc.Failed},
		{"nil Deferred", func() *deferred.Deferred[string] { return nil }, nil, nil, rpc.Failed},
		{"panic", func() { panic("x") }, nil, nil, rpc.Failed},
		{"fault", func() error { return &rpc.Fault{Code: 1} }, nil, nil, rpc.Faulted},
		{"too few", func(a int) {}, nil, nil, rpc.BadArguments},
		{"too many", func(a int) {}, []any{1, 2}, nil, rpc.BadArguments},
		{"too few for variadic", func(a int, b ...int) {}, nil, nil, rpc.BadArguments},
		{"wrong type", func(a int) {}, []any{"x"}, nil, rpc.BadArguments},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := call(t, tt.f, tt.args...)
			if v != tt.want || rpc.OutcomeOf(err) != tt.outcome {
				t.Errorf("%v, %v", v, err)
			}
		})
	}
	if rpc.OutcomeOf(rpc.ErrNotFound) != rpc.NotFound {
		t.Error("ErrNotFound")
	}
}

func TestIntrospection(t *testing.T) {
	type empty struct{}
	table := rpc.WithSystem(rpc.Methods{
		"add":   rpc.Method{Func: func(r *web.Request, a, b int) int { return a + b }, Help: "Adds."},
		"any":   func(v any) bool { return true },
		"later": func(*map[string]int, []string, []byte, float32) *deferred.Deferred[empty] { return nil },
		"own":   rpc.Method{Func: func(...int) {}, Signatures: [][]string{{"nil"}, {"nil", "int"}}},
		"vary":  func(...int) {},
		"void":  func() {},
	}, ".", nil)
	for name, want := range map[string][][]string{
		"add": {{"int", "int", "int"}}, "any": nil, "later": {{"nil", "struct", "array", "base64", "double"}}, "own": {{"nil"}, {"nil", "int"}}, "vary": nil, "void": {{"nil"}},
	} {
		p, err := rpc.Find(table, name, ".")
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Signatures(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	system := func(name string, args ...any) (any, error) {
		p, err := rpc.Find(table, "system."+name, ".")
		if err != nil {
			t.Fatal(err)
		}
		var v any
		webtest.Get(web.Func(func(r *web.Request) {
			p.Call(r, values(args)).Done(func(got any, e error) { v, err = got, e })
		}), "/")
		return v, err
	}
	if v, err := system("listMethods"); err != nil || !slices.Equal(v.([]string), rpc.List(table, ".")) || !slices.Contains(v.([]string), "system.methodHelp") {
		t.Error(v, err)
	}
	if v, err := system("methodHelp", "add"); v != "Adds." || err != nil {
		t.Error(v, err)
	}
	if v, err := system("methodSignature", "vary"); v != "undef" || err != nil {
		t.Error(v, err)
	}
	if _, err := system("methodHelp", "none"); rpc.OutcomeOf(err) != rpc.NotFound {
		t.Error(err)
	}
}
