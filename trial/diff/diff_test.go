// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package diff_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/diff"
)

var update = flag.Bool("update", false, "write the golden files")

type address struct {
	Street string
	Number int
}

type person struct {
	Name    string
	Age     int
	Home    *address
	Tags    []string
	Header  map[string][]string
	Any     any
	Born    time.Time
	private int
	at      time.Time
	inner   struct{ deep []byte }
}

type node struct {
	Value int
	Next  *node
}

func ring(values ...int) *node {
	first := &node{Value: values[0]}
	last := first
	for _, v := range values[1:] {
		last.Next = &node{Value: v}
		last = last.Next
	}
	last.Next = first
	return first
}

type always struct{ N int }

func (always) Equal(always) bool { return true }

type never struct{ N int }

func (never) Equal(never) bool { return false }

type level int

func (l level) String() string { return [...]string{"low", "high"}[l] }

var (
	noon  = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	there = time.FixedZone("there", 3600)
	text  = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\ntwelve\n"
)

func sampleFunc() {}

// cases are pairs of values that differ; golden files hold how.
var cases = []struct {
	name      string
	want, got any
	opts      []diff.Option
}{
	{name: "int", want: 1, got: 2},
	{name: "types", want: 1, got: int64(1)},
	{name: "nil", want: nil, got: 1},
	{name: "nil pointer", want: (*person)(nil), got: &person{}},
	{name: "string", want: "alice", got: "bob"},
	{name: "named", want: level(0), got: level(1)},
	{name: "named that panics", want: level(0), got: level(7)},
	{name: "long string", want: strings.Repeat("a", 200) + "é" + strings.Repeat("b", 200), got: strings.Repeat("a", 200) + "è" + strings.Repeat("b", 200)},
	{name: "text", want: text, got: strings.Replace(strings.Replace(text, "two\n", "", 1), "ten\n", "ten \nTEN\n", 1)},
	{name: "text without end", want: text, got: strings.TrimSuffix(text, "\n")},
	{name: "text with control", want: "a\nb\r\nc\n", got: "a\nb\n\x1b[31mc\n"},
	{name: "bytes", want: []byte("\x00\x01\x02 hello, binary world \xff\xfe and the rest of it"), got: []byte("\x00\x01\x02 hello, Binary world \xff\xfe and the rest of it")},
	{name: "bytes longer", want: make([]byte, 400), got: make([]byte, 500)},
	{name: "bytes empty", want: []byte{}, got: []byte{0xff}},
	{name: "bytes as text", want: []byte("GET / HTTP/1.1"), got: []byte("GET / HTTP/1.0")},
	{name: "struct", want: person{Name: "alice", Age: 3, Born: noon}, got: person{Name: "bob", Age: 3, Born: noon.Add(time.Second)}},
	{name: "nested", want: &person{Home: &address{"x", 1}}, got: &person{Home: &address{"x", 2}}},
	{name: "unexported", want: person{private: 1, at: noon}, got: person{private: 2, at: noon.Add(1)}},
	{name: "unexported bytes", want: person{inner: struct{ deep []byte }{[]byte("a")}}, got: person{inner: struct{ deep []byte }{[]byte("b")}}},
	{name: "slice", want: []int{1, 2, 3, 4, 5, 6}, got: []int{1, 3, 4, 9, 6, 7}},
	{name: "slice of structs", want: []address{{"a", 1}, {"b", 2}, {"c", 3}}, got: []address{{"new", 0}, {"a", 1}, {"b", 7}, {"c", 3}}},
	{name: "slice nil", want: []int(nil), got: []int{}},
	{name: "array", want: [3]string{"a", "b", "c"}, got: [3]string{"a", "x", "c"}},
	{name: "map", want: map[string]int{"a": 1, "b": 2, "c": 3}, got: map[string]int{"a": 1, "b": 5, "d": 3}},
	{name: "map of slices", want: map[int][]string{10: {"x"}, 9: {"y"}}, got: map[int][]string{10: {"x", "z"}, 9: nil}},
	{name: "map nil", want: map[string]int(nil), got: map[string]int{}},
	{name: "map NaN", want: map[float64]int{math.NaN(): 1}, got: map[float64]int{math.NaN(): 1}},
	{name: "interface", want: person{Any: 1}, got: person{Any: "1"}},
	{name: "interface nil", want: person{Any: nil}, got: person{Any: 1}},
	{name: "errors", want: errors.New("a"), got: errors.New("b")},
	{name: "errors wrapped", want: fmt.Errorf("x: %w", io.EOF), got: fmt.Errorf("x: %w", io.ErrUnexpectedEOF)},
	{name: "func", want: sampleFunc, got: sampleFunc},
	{name: "ring", want: ring(1, 2, 3), got: ring(1, 2, 4)},
	{name: "ring of other length", want: ring(1, 1), got: ring(1, 1, 2)},
	{name: "never equal", want: never{1}, got: never{1}},
	{name: "netip", want: netip.MustParseAddr("10.0.0.1"), got: netip.MustParseAddr("10.0.0.2")},
	{name: "wide", want: []person{}, got: []person{{Name: strings.Repeat("long ", 10), Tags: []string{"some", "tags", "here"}, Home: &address{"street", 1}}}},
	{name: "max lines", want: make([]string, 0), got: strings.Split(strings.Repeat("x ", 500), " "), opts: []diff.Option{diff.MaxLines(5)}},
	{name: "sorted", want: []int{3, 1, 2}, got: []int{2, 1, 4}, opts: []diff.Option{diff.SortSlices(func(a, b int) int { return a - b })}},
	{name: "transformed", want: address{Street: "A"}, got: address{Street: "b"}, opts: []diff.Option{diff.Transform(strings.ToLower)}},
	{name: "channels", want: make(chan int), got: make(chan int)},
	{name: "transformed elements", want: []string{"a", "B"}, got: []string{"A", "c"}, opts: []diff.Option{diff.Transform(strings.ToLower)}},
	{name: "types of types", want: reflect.TypeFor[int](), got: reflect.TypeFor[string]()},
}

func TestGolden(t *testing.T) {
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			if diff.Equal(tt.want, tt.got, tt.opts...) {
				t.Fatal("they are said to be equal")
			}
			got := diff.Diff(tt.want, tt.got, tt.opts...) + "\n"
			golden(t, got)
			if back := diff.Diff(tt.got, tt.want, tt.opts...); back == "" {
				t.Error("no difference the other way round")
			}
			for _, v := range []any{tt.want, tt.got} {
				if reflect.DeepEqual(v, v) && diff.Diff(v, v, tt.opts...) != "" && tt.name != "never equal" {
					t.Errorf("a value differs from itself: %s", diff.Diff(v, v, tt.opts...))
				}
			}
		})
	}
}

func golden(t *testing.T, got string) {
	t.Helper()
	name := filepath.Join("testdata", strings.ReplaceAll(strings.TrimPrefix(t.Name(), "TestGolden/"), "/", "_")+".golden")
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestEqual(t *testing.T) {
	byNumber := func(a, b address) int { return a.Number - b.Number }
	nan := math.NaN()
	self := map[string]any{}
	self["self"] = self
	other := map[string]any{}
	other["self"] = other
	loop := []any{nil}
	loop[0] = loop
	loop2 := []any{nil}
	loop2[0] = loop2
	tests := []struct {
		name string
		a, b any
		opts []diff.Option
		want bool
	}{
		{"nil", nil, nil, nil, true},
		{"NaN", nan, math.NaN(), nil, true},
		{"NaN inside", []any{complex(nan, 1)}, []any{complex(nan, 1)}, nil, true},
		{"time in another zone", noon, noon.In(there), nil, true},
		{"time in a field that is not exported", person{at: noon}, person{at: noon.In(there)}, nil, true},
		{"time pointers", &noon, ptr(noon.In(there)), nil, true},
		{"method Equal", always{1}, always{2}, nil, true},
		{"nil pointer with method", (*always)(nil), &always{}, nil, false},
		{"rings", ring(1, 2), ring(1, 2), nil, true},
		{"rings that look the same", ring(1, 1), ring(1, 1, 1, 1), nil, true},
		{"maps in themselves", self, other, nil, true},
		{"slices in themselves", loop, loop2, nil, true},
		{"empty", []int{}, []int(nil), []diff.Option{diff.EquateEmpty()}, true},
		{"empty map", map[int]int{}, map[int]int(nil), []diff.Option{diff.EquateEmpty()}, true},
		{"nil is not full", []int{1}, []int(nil), []diff.Option{diff.EquateEmpty()}, false},
		{"floats", 1.0, 1.05, []diff.Option{diff.Approximate(0.1)}, true},
		{"floats too far", 1.0, 1.2, []diff.Option{diff.Approximate(0.1)}, false},
		{"infinities", math.Inf(1), math.Inf(1), []diff.Option{diff.Approximate(0.1)}, true},
		{"infinities of other sign", math.Inf(1), math.Inf(-1), []diff.Option{diff.Approximate(math.MaxFloat64)}, false},
		{"ignored", person{Name: "a", private: 2}, person{Name: "b"}, []diff.Option{diff.IgnoreFields[person]("Name", "private")}, true},
		{"not ignored", person{Name: "a", Age: 1}, person{Name: "b"}, []diff.Option{diff.IgnoreFields[person]("Name")}, false},
		{"exported", person{private: 1}, person{private: 2}, []diff.Option{diff.ExportedOnly()}, true},
		{"sorted", []address{{"a", 2}, {"b", 1}}, []address{{"b", 1}, {"a", 2}}, []diff.Option{diff.SortSlices(byNumber)}, true},
		{"sorted, nil", []address(nil), []address(nil), []diff.Option{diff.SortSlices(byNumber)}, true},
		{"transformed", "ABC", "abc", []diff.Option{diff.Transform(strings.ToLower)}, true},
		{"transformed to nil", 1, 2, []diff.Option{diff.Transform(func(int) any { return nil })}, true},
		{"transformed to types", 1, 2, []diff.Option{diff.Transform(func(n int) any {
			if n == 1 {
				return ""
			}
			return 0
		})}, false},
		{"compared", 13, 23, []diff.Option{diff.Compare(func(a, b int) bool { return a%10 == b%10 })}, true},
		{"errors.Is", io.EOF, fmt.Errorf("x: %w", io.EOF), nil, false},
		{"errors.Is asked", []error{io.EOF}, []error{fmt.Errorf("x: %w", io.EOF)}, nil, false},
		{"errors.Is of one type", &wrapped{io.EOF}, &wrapped{io.EOF}, []diff.Option{diff.ErrorsIs()}, false},
		{"errors in a slice", []error{io.EOF}, []error{fmt.Errorf("x: %w", io.EOF)}, []diff.Option{diff.ErrorsIs()}, true},
		{"nil functions", (func())(nil), (func())(nil), nil, true},
		{"empty string and nil", "", nil, nil, false},
		{"arrays of NaN", [1]float64{nan}, [1]float64{nan}, nil, true},
		{"unaligned types", [2]int{}, [3]int{}, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := diff.Equal(tt.a, tt.b, tt.opts...); got != tt.want {
				t.Errorf("Equal = %v, want %v", got, tt.want)
			}
			if d := diff.Diff(tt.a, tt.b, tt.opts...); (d == "") != tt.want {
				t.Errorf("Diff = %q, want equal: %v", d, tt.want)
			}
		})
	}
}

type wrapped struct{ err error }

func (w *wrapped) Error() string { return "wrapped" }

func ptr[T any](v T) *T { return &v }

func TestIgnoreFieldsPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"no field":  func() { diff.IgnoreFields[person]("Nome") },
		"no struct": func() { diff.IgnoreFields[int]("x") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

// A list is as deep as it is long, and must not end the process.
func TestDeep(t *testing.T) {
	long := func(n int) *node {
		var first *node
		for i := range n {
			first = &node{i, first}
		}
		return first
	}
	if diff.Equal(long(60_000), long(60_000)) {
		t.Error("values are said to be equal that were not compared to the end")
	}
	if !diff.Equal(long(10_000), long(10_000)) {
		t.Error("lists of 10,000 elements are not equal")
	}
	if d := diff.Diff(long(60_000), long(60_001)); len(d) > 100_000 {
		t.Errorf("the difference is %d bytes long", len(d))
	}
	a, b := long(20_000), long(20_000)
	for last := b; ; last = last.Next {
		if last.Next == nil {
			last.Value = -1
			break
		}
	}
	if d, next := diff.Diff(a, b), strings.Repeat(".Next", 20); d != next+"…"+next[5:]+".Value\n\t- 0\n\t+ -1" {
		t.Errorf("the difference is %q", d)
	}
}

// What takes quadratic time for an unbounded search has to come to an end.
func TestBounded(t *testing.T) {
	const n = 50_000
	a, b := make([]int, n), make([]int, n)
	var x, y strings.Builder
	for i := range n {
		a[i], b[i] = i, -i-1
		fmt.Fprintln(&x, i)
		fmt.Fprintln(&y, -i)
	}
	if d := diff.Diff(a, b); strings.Count(d, "\n") > 101 {
		t.Errorf("%d lines", strings.Count(d, "\n"))
	}
	if d := diff.Text(x.String(), y.String()); strings.Count(d, "\n") > 201 {
		t.Errorf("%d lines", strings.Count(d, "\n"))
	}
	big := []any{strings.Repeat("x", 1e6), make([]int, 1e6), map[string][]byte{"k": make([]byte, 1e6)}}
	if s := diff.Format(big); len(s) > 4000 {
		t.Errorf("Format: %d bytes", len(s))
	}
	if s := diff.Diff(nil, big); len(s) > 10_000 {
		t.Errorf("Diff: %d bytes", len(s))
	}
}

func TestFormat(t *testing.T) {
	self := &node{Value: 1}
	self.Next = self
	n := 5
	tests := []struct {
		v    any
		want string
	}{
		{nil, "nil"},
		{1, "1"},
		{"a\"b", `"a\"b"`},
		{float32(0.1), "0.1"},
		{true, "true"},
		{level(1), "diff_test.level(high)"},
		{level(9), "diff_test.level(9)"},
		{time.Minute, "1m0s"},
		{noon, "2026-01-02T12:00:00Z"},
		{[]byte("a\x00"), `[]byte("a\x00")`},
		{[]int{1, 2}, "[]int{1, 2}"},
		{[]int(nil), "[]int(nil)"},
		{[]any{1, "a", nil}, `[]any{1, "a", nil}`},
		{map[string]int{"b": 1, "a": 2}, `map[string]int{"a": 2, "b": 1}`},
		{&address{"s", 1}, `&diff_test.address{Street: "s", Number: 1}`},
		{self, "&diff_test.node{Value: 1, Next: &*diff_test.node(cycle)}"},
		{&n, "&5"},
		{(*int)(nil), "nil"},
		{io.EOF, `*errors.errorString("EOF")`},
		{sampleFunc, "func()"},
		{netip.MustParseAddr("::1"), "netip.Addr(::1)"},
		{reflect.TypeFor[int](), "int"},
		{struct{ a any }{[]int{1}}, "struct { a any }{a: []int{1}}"},
	}
	for _, tt := range tests {
		if got := diff.Format(tt.v); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}
