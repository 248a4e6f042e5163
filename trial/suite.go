// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/torsion-go/torsion/core/deferred"
)

// A Decorator wraps each test of a suite, SetUp and the rest included: it is to call run, once, unless it skips or fails the test. Twisted: TestDecorator.
type Decorator func(tc *Case, run func())

// RunSuite runs each method TestXxx of S as a subtest of t, in the order of their names, each on a value of its own that create returns. The methods SetUp and TearDown, if there are any, are called
// before and after each. All of them take a *Case and may return a *deferred.Deferred[X], with any X, which is waited for, or an error.
//
// The order is SetUp, the test, the cleanups, TearDown. Cleanups and TearDown are called after a failing test too; after a failing or skipping SetUp only the cleanups are.
//
// A method TestXxx of any other form would never run: it is an error that names it. So is a suite without tests. Twisted: TestCase, TestLoader.loadClass.
func RunSuite[S any](t *testing.T, create func() S, decorators ...Decorator) {
	t.Helper()
	Config{}.suite(t, reflect.TypeFor[S](), func() reflect.Value { return reflect.ValueOf(create()) }, decorators)
}

// RunSuite is the function RunSuite with this configuration, for a suite that create returns, of one type.
func (cfg Config) RunSuite(t *testing.T, create func() any, decorators ...Decorator) {
	t.Helper()
	cfg.suite(t, reflect.TypeOf(create()), func() reflect.Value { return reflect.ValueOf(create()) }, decorators)
}

func (cfg Config) suite(t *testing.T, s reflect.Type, create func() reflect.Value, decorators []Decorator) {
	t.Helper()
	if s == nil {
		t.Fatal("trial: RunSuite: no suite")
	}
	for _, name := range hidden(s) {
		t.Errorf("trial: %s.%s will never run: it needs a pointer, and the suite is a %s", s, name, s)
	}
	tests := 0
	for i := range s.NumMethod() {
		m := s.Method(i)
		switch {
		case isTest(m.Name):
			tests++
			t.Run(m.Name, func(t *testing.T) {
				t.Helper()
				cfg.runMethod(t, m, create, decorators)
			})
		case m.Name == "SetUp" || m.Name == "TearDown":
		case strings.EqualFold(m.Name, "SetUp") || strings.EqualFold(m.Name, "TearDown"):
			t.Errorf("trial: %s.%s will never run: the name is SetUp or TearDown", s, m.Name)
		}
	}
	if tests == 0 {
		t.Errorf("trial: the suite %s has no tests: they are exported methods TestXxx", s)
	}
}

// isTest reports whether it is the name of a test, by the rule of package testing.
func isTest(name string) bool {
	rest, ok := strings.CutPrefix(name, "Test")
	if !ok {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || !unicode.IsLower(r)
}

// hidden returns the methods that a suite would have if it were a pointer.
func hidden(s reflect.Type) []string {
	if s.Kind() == reflect.Pointer || s.Kind() == reflect.Interface {
		return nil
	}
	var names []string
	p := reflect.PointerTo(s)
	for i := range p.NumMethod() {
		name := p.Method(i).Name
		if _, seen := s.MethodByName(name); !seen && (isTest(name) || name == "SetUp" || name == "TearDown") {
			names = append(names, name)
		}
	}
	return names
}

func (cfg Config) runMethod(t *testing.T, m reflect.Method, create func() reflect.Value, decorators []Decorator) {
	t.Helper()
	c := cfg.begin(t, m.Func.Interface(), nil)
	suite := create()
	setUp, err1 := method(suite, "SetUp")
	test, err2 := method(suite, m.Name)
	tearDown, err3 := method(suite, "TearDown")
	if err := errors.Join(err1, err2, err3); err != nil {
		c.problem(err.Error(), err)
		return
	}
	isUp, ran := false, false
	run := func() {
		c.TB.Helper()
		ran = true
		c.TB.Cleanup(func() {
			c.TB.Helper()
			if isUp && tearDown != nil {
				c.run("tearDown", func() { tearDown(c) })
			}
		})
		if setUp != nil {
			c.run("setUp", func() { setUp(c) })
			if c.TB.Failed() {
				return
			}
		}
		isUp = true
		c.run("test", func() { test(c) })
	}
	for _, d := range decorators {
		inner := run
		run = func() {
			c.TB.Helper()
			d(c, inner)
		}
	}
	c.guard(run)
	if !ran && !c.Failed() && !c.TB.Skipped() {
		c.problem("trial: a decorator did not run the test")
	}
}

// method returns a method of a suite as a function that waits for what the method returns; nil if there is none.
func method(suite reflect.Value, name string) (func(*Case), error) {
	m := suite.MethodByName(name)
	if !m.IsValid() {
		return nil, nil
	}
	t := m.Type()
	if t.NumIn() != 1 || t.In(0) != reflect.TypeFor[*Case]() || t.IsVariadic() || t.NumOut() > 1 || t.NumOut() == 1 && !waitable(t.Out(0)) {
		return nil, fmt.Errorf("trial: %s.%s will never run: it is a %s, and should be a func(*trial.Case), which may return a *deferred.Deferred or an error", suite.Type(), name, t)
	}
	return func(c *Case) {
		c.TB.Helper()
		for _, out := range m.Call([]reflect.Value{reflect.ValueOf(c)}) {
			c.await(name, out)
		}
	}, nil
}

// A forker is a Deferred of any type.
type forker interface {
	Fork() *deferred.Deferred[any]
	Created() deferred.Stack
}

func waitable(t reflect.Type) bool {
	return t == reflect.TypeFor[error]() || t.Implements(reflect.TypeFor[forker]())
}

// await waits for what the method of that name returned.
func (c *Case) await(name string, out reflect.Value) {
	c.TB.Helper()
	if out.IsNil() {
		return
	}
	var err error
	switch v := out.Interface().(type) {
	case forker:
		_, err = await(c, v.Fork(), func() string { return describe(v) })
	case error:
		err = v
	}
	if err != nil {
		c.failed(name, err)
	}
}
