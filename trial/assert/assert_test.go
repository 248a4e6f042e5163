// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package assert_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/trial/assert/match"
	"github.com/torsion-go/torsion/trial/diff"
	"github.com/torsion-go/torsion/trial/internal/record"
)

var update = flag.Bool("update", false, "write the golden file")

type user struct {
	Name string
	Age  int
	tags []string
}

var (
	slice   = []int{1, 2, 3}
	pointer = &user{Name: "a"}
	errPath = &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}
)

// failing are assertions that do not hold. Their texts are in testdata/failures.golden.
var failing = []struct {
	name string
	f    func(t testing.TB)
}{
	{"Equal", func(t testing.TB) { assert.Equal(t, 1, 2) }},
	{"Equal with message", func(t testing.TB) { assert.Equal(t, 1, 2, "the number of %s", "things") }},
	{"Equal with a message of one value", func(t testing.TB) { assert.Equal(t, 1, 2, "100%") }},
	{"Equal struct", func(t testing.TB) { assert.Equal(t, user{"a", 1, nil}, user{"b", 1, []string{"x"}}) }},
	{"Equal slice", func(t testing.TB) { assert.Equal(t, []string{"a", "b", "c"}, []string{"a", "c"}, "the list") }},
	{"Equal long", func(t testing.TB) { assert.Equal(t, strings.Repeat("a", 50), strings.Repeat("b", 50)) }},
	{"Equal text", func(t testing.TB) { assert.Equal(t, "a\nb\nc\n", "a\nx\nc\n") }},
	{"Equal nil", func(t testing.TB) { assert.Equal[any](t, nil, 1) }},
	{"EqualBy", func(t testing.TB) { assert.EqualBy(t, 1.0, 1.5, diff.Approximate(0.1)) }},
	{"NotEqual", func(t testing.TB) { assert.NotEqual(t, slice, []int{1, 2, 3}) }},
	{"Same", func(t testing.TB) { assert.Same(t, pointer, &user{Name: "a"}) }},
	{"Same slice", func(t testing.TB) { assert.Same(t, slice, slice[:2]) }},
	{"Same types", func(t testing.TB) { assert.Same[any](t, 1, int64(1)) }},
	{"NotSame", func(t testing.TB) { assert.NotSame(t, pointer, pointer) }},
	{"True", func(t testing.TB) { assert.True(t, false, "ready") }},
	{"False", func(t testing.TB) { assert.False(t, true) }},
	{"In slice", func(t testing.TB) { assert.In(t, 4, slice) }},
	{"In map", func(t testing.TB) { assert.In(t, "c", map[string]int{"a": 1, "b": 2}) }},
	{"In string", func(t testing.TB) { assert.In(t, "x", "abc") }},
	{"In number", func(t testing.TB) { assert.In(t, 1, 2) }},
	{"NotIn", func(t testing.TB) { assert.NotIn(t, 2, slice) }},
	{"NotIn number", func(t testing.TB) { assert.NotIn(t, 1, 2) }},
	{"Substring", func(t testing.TB) { assert.Substring(t, "x", "abc") }},
	{"Substring of bytes", func(t testing.TB) { assert.Substring(t, []byte("x"), []byte("abc")) }},
	{"NotSubstring", func(t testing.TB) { assert.NotSubstring(t, "bc", "abc") }},
	{"AlmostEqual", func(t testing.TB) { assert.AlmostEqual(t, 1.0, 1.0000001) }},
	{"AlmostEqual NaN", func(t testing.TB) { assert.AlmostEqual(t, math.NaN(), 1) }},
	{"NotAlmostEqual", func(t testing.TB) { assert.NotAlmostEqual(t, 1.0, 1.00000001) }},
	{"Approximates", func(t testing.TB) { assert.Approximates(t, 10, 13, 2) }},
	{"Approximates duration", func(t testing.TB) { assert.Approximates(t, time.Second, time.Minute, time.Second) }},
	{"Approximates overflow", func(t testing.TB) { assert.Approximates(t, int8(-100), int8(100), int8(100)) }},
	{"IsType", func(t testing.TB) { assert.IsType[int](t, "a") }},
	{"IsType interface", func(t testing.TB) { assert.IsType[io.Reader](t, nil) }},
	{"NotType", func(t testing.TB) { assert.NotType[error](t, io.EOF) }},
	{"NoError", func(t testing.TB) { assert.NoError(t, errPath, "opening") }},
	{"ErrorIs", func(t testing.TB) { assert.ErrorIs(t, errPath, io.EOF) }},
	{"ErrorIs nil", func(t testing.TB) { assert.ErrorIs(t, nil, io.EOF) }},
	{"ErrorAs", func(t testing.TB) { assert.ErrorAs[*fs.PathError](t, io.EOF) }},
	{"Panics", func(t testing.TB) { assert.Panics(t, func() {}) }},
	{"Eventually", func(t testing.TB) {
		clock := protocoltest.NewClock()
		clock.CallLater(time.Minute, func() {})
		assert.Eventually(t, clock, time.Second, func() bool { return false })
	}},
	{"Eventually without end", func(t testing.TB) {
		clock := protocoltest.NewClock()
		var again func()
		again = func() { clock.CallLater(0, again) }
		again()
		assert.Eventually(t, clock, time.Second, func() bool { return false })
	}},
	{"That", func(t testing.TB) {
		assert.That(t, []user{{"a", 1, nil}, {"", 2, nil}}, match.Each(match.Field("Name", func(u user) string { return u.Name }, match.Not(match.Equal("")))))
	}},
	{"That All", func(t testing.TB) {
		assert.That(t, "abc", match.All(match.Substring("a"), match.Substring("x")), "the text")
	}},
	{"That Any", func(t testing.TB) { assert.That(t, "abc", match.Any(match.Substring("y"), match.Substring("x"))) }},
	{"That Some", func(t testing.TB) { assert.That(t, slice, match.Some(match.Equal(4))) }},
	{"That Equal", func(t testing.TB) { assert.That(t, slice, match.Equal([]int{1, 2})) }},
	{"That ErrorIs", func(t testing.TB) { assert.That[error](t, errPath, match.ErrorIs(io.EOF)) }},
	{"That of all", func(t testing.TB) {
		even := match.Func("be even", func(n int) bool { return n%2 == 0 })
		assert.That(t, slice, match.Not(match.Each(match.Any(even, match.Not(even)))))
	}},
}

func TestFailures(t *testing.T) {
	place := regexp.MustCompile(`(?m)^assert_test\.go:\d+: `)
	var all strings.Builder
	for _, tt := range failing {
		for _, mode := range []string{"ends", "goes on"} {
			r := record.New(t)
			var tb testing.TB = r
			if mode == "goes on" {
				tb = assert.Check(r)
			}
			after := false
			r.Run(func() { tt.f(tb); after = true })
			switch {
			case !r.Failed():
				t.Errorf("%s: the assertion holds", tt.name)
			case after != (mode == "goes on"):
				t.Errorf("%s: with the mode %q, went on: %v", tt.name, mode, after)
			case !place.MatchString(r.Said()):
				t.Errorf("%s: it is reported at another place: %s", tt.name, r.Said())
			}
			if mode == "ends" {
				fmt.Fprintf(&all, "== %s\n%s", tt.name, place.ReplaceAllString(r.Said(), ""))
			}
		}
	}
	name := filepath.Join("testdata", "failures.golden")
	if *update {
		if err := os.WriteFile(name, []byte(all.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Text(string(want), all.String()); d != "" {
		t.Errorf("the texts (-want +got):\n%s", d)
	}
}

// What holds returns its value.
func TestHolds(t *testing.T) {
	m := map[string]int{"a": 1}
	f := func() {}
	wrapped := fmt.Errorf("x: %w", errPath)
	nan := math.NaN()
	checks := map[string]bool{
		"Equal":          assert.Equal(t, 3, 3) == 3,
		"Equal any":      assert.Equal[any](t, []int{1}, []int{1}) != nil,
		"EqualBy":        assert.EqualBy(t, 1.0, 1.05, diff.Approximate(0.1)) == 1.0,
		"NotEqual":       assert.NotEqual(t, 3, 4) == 3,
		"Same":           assert.Same(t, pointer, pointer) == pointer,
		"Same map":       len(assert.Same(t, m, m)) == 1,
		"Same func":      assert.Same(t, f, f) != nil,
		"Same slice":     len(assert.Same(t, slice, slice)) == 3,
		"Same nil":       assert.Same[error](t, nil, nil) == nil,
		"NotSame":        assert.NotSame(t, pointer, &user{}) == pointer,
		"NotSame nil":    assert.NotSame[any](t, nil, 1) == nil,
		"NotSame slices": len(assert.NotSame[any](t, []any{1}, []any{1}).([]any)) == 1,
		"NotSame holds":  assert.NotSame[any](t, [1]any{f}, [1]any{f}) != nil,
		"True":           assert.True(t, true),
		"False":          !assert.False(t, false),
		"In":             assert.In(t, 3, slice) == 3,
		"In array":       assert.In(t, nan, [1]float64{nan}) != 0,
		"In map":         assert.In(t, "a", m) == "a",
		"In string":      assert.In(t, "b", "abc") == "b",
		"NotIn":          assert.NotIn(t, 4, slice) == 4,
		"Substring":      assert.Substring(t, "b", "abc") == "b",
		"NotSubstring":   assert.NotSubstring(t, "x", "abc") == "x",
		"AlmostEqual":    assert.AlmostEqual(t, 1.0, 1.00000004) == 1.0,
		"AlmostEqual ∞":  assert.AlmostEqual(t, math.Inf(1), math.Inf(1)) > 0,
		"NotAlmost":      assert.NotAlmostEqual(t, 1.0, 1.0000001) == 1.0,
		"NotAlmost NaN":  assert.NotAlmostEqual(t, nan, nan) != 0,
		"Approximates":   assert.Approximates(t, uint(3), 5, 2) == 3,
		"IsType":         assert.IsType[int](t, 3) == 3,
		"NotType":        assert.NotType[int](t, "a") == "a",
		"ErrorIs":        assert.ErrorIs(t, wrapped, fs.ErrNotExist) == wrapped,
		"ErrorAs":        assert.ErrorAs[*fs.PathError](t, wrapped) == errPath,
		"Panics":         assert.Panics(t, func() { panic("x") }) == "x",
		"That":           assert.That(t, 3, match.Equal(3)) == 3,
		"That error":     assert.That[error](t, errPath, match.ErrorIs(fs.ErrNotExist)) == errPath,
		"That all":       len(assert.That(t, slice, match.All(match.Some(match.Equal(2)), match.Each(match.Any(match.Equal(1), match.Not(match.Equal(4))))))) == 3,
	}
	assert.NoError(t, nil)
	for name, ok := range checks {
		if !ok {
			t.Errorf("%s returned something else", name)
		}
	}
}

// Panics does not take the end of a goroutine for a panic.
func TestPanicsAndGoexit(t *testing.T) {
	r := record.New(t)
	var reached bool
	r.Run(func() {
		assert.Panics(r, func() { r.Skip("no peer") })
		reached = true
	})
	if reached || r.Failed() || !r.Skipped() {
		t.Errorf("reached %v, failed %v, skipped %v", reached, r.Failed(), r.Skipped())
	}
	if v := assert.Panics(t, func() { panic(errors.ErrUnsupported) }); v != errors.ErrUnsupported {
		t.Errorf("recovered %v", v)
	}
}

func TestEventually(t *testing.T) {
	clock := protocoltest.NewClock()
	steps := 0
	var tick func()
	tick = func() {
		steps++
		clock.CallLater(10*time.Second, tick)
	}
	clock.CallFromThread(tick)
	assert.Eventually(t, clock, time.Minute, func() bool { return steps == 4 })
	assert.Equal(t, clock.Elapsed(), 30*time.Second, "the time that has passed")
	assert.Eventually(t, clock, 10*time.Second, func() bool { return steps == 5 }) // just in time
	assert.Eventually(t, clock, time.Minute, func() bool { return clock.Elapsed() >= 100*time.Second })
}
