// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package brace

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/torsion-go/torsion/logger/internal/text"
)

type thing struct {
	A     int
	Inner map[string]any
	priv  int // no format sees it
}

func (t thing) B() thing                { return thing{A: t.A + 1} }
func (t *thing) Ptr() string            { return "ptr" }
func (t thing) Fails() (string, error)  { return "", errors.New("it failed") }
func (t thing) Works() (string, error)  { return "works", nil }
func (t thing) Takes(int) string        { return "" }
func (t thing) Panics() string          { panic("no way") }
func (t thing) Deep() map[string][]int  { return map[string][]int{"x": {1, 2, 3}} }
func (t thing) Fn() func() func() thing { return func() func() thing { return t.B } }

type rude struct{}

func (rude) String() string { panic("rude") }

type custom struct{}

func (custom) FieldText() string { return "<custom>" }

type valuer struct{ n *int }

func (v valuer) LogValue() slog.Value { *v.n++; return slog.StringValue("resolved") }

func fields() Lookup {
	as := []slog.Attr{
		slog.String("s", "text"), slog.Int("n", 42), slog.Int("neg", -7), slog.Float64("f", 3.14159), slog.Bool("t", true), slog.Any("nil", nil), slog.Uint64("u", math.MaxUint64),
		slog.Any("o", thing{A: 1, priv: 2, Inner: map[string]any{"k": "v", "3": "three"}}), slog.Any("p", &thing{A: 5}), slog.Group("g", slog.Int("x", 1), slog.Group("h", slog.String("y", "deep"))),
		slog.Any("d", map[string]any{"k": 1, "a b": []int{7, 8}, "q.r": 2}), slog.Any("ints", map[int]string{3: "three"}), slog.Any("list", []any{1, "two", nil}),
		slog.Any("fn", func() string { return "called" }), slog.Any("rude", rude{}), slog.Any("custom", custom{}), slog.Any("err", errors.New("bad")), slog.Duration("dur", time.Second),
		slog.Any("bytes", []byte("a\xff\n'")), slog.Any("nilfn", (func() int)(nil)), slog.Any("nilp", (*thing)(nil)), slog.Int("w", 6), slog.Any("attrs", []slog.Attr{slog.Int("z", 9)}),
		slog.Time("time", time.Date(2024, 2, 29, 13, 4, 5, 0, time.UTC)), slog.Int("n2", 1), slog.Int("n2", 2),
	}
	return func(name string) (slog.Value, bool) { return LookupAttr(as, name) }
}

func TestFormat(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""}, {"plain", "plain"}, {"{{}} {{x}}", "{} {x}"}, {"{s}{s}", "texttext"}, {"{s} and {n}", "text and 42"}, {"{n2}", "2"},
		{"{s!r}", `"text"`}, {"{n!r}", "42"}, {"{s!s}", "text"}, {"{s!a}", `"text"`}, {"{s!r:>8}", `  "text"`},
		{"{n:05d}", "00042"}, {"{neg:05d}", "-0007"}, {"{n:+}", "+42"}, {"{n: }", " 42"}, {"{n:x}", "2a"}, {"{n:#X}", "0X2A"}, {"{n:#b}", "0b101010"}, {"{n:o}", "52"}, {"{n:c}", "*"},
		{"{n:,}", "42"}, {"{u:,}", "18,446,744,073,709,551,615"}, {"{u:_x}", "ffff_ffff_ffff_ffff"}, {"{n:>6}|{n:<6}|{n:^6}|{n:*^7}", "    42|42    |  42  |**42***"}, {"{n:=+6}", "+   42"}, {"{n:.2f}", "42.00"}, {"{n:%}", "4200.000000%"},
		{"{f:.2f}", "3.14"}, {"{f:8.3f}", "   3.142"}, {"{f:e}", "3.141590e+00"}, {"{f:g}", "3.14159"}, {"{f:.3}", "3.14"}, {"{f:G}", "3.14159"}, {"{f:010.1f}", "00000003.1"},
		{"{s:6}|{s:>6}|{s:^6}|{s:.2}|{s:\u00e9<6}", "text  |  text| text |te|text\u00e9\u00e9"}, {"{n:{w}}", "    42"}, {"{n:>{w}d}", "    42"}, {"{s!s:6}", "text  "},
		{"{o.A}", "1"}, {"{p.A}", "5"}, {"{o.Inner[k]}", "v"}, {"{o.Inner.k}", "v"}, {"{o.Inner[3]}", "three"}, {"{g.x} {g.h.y} {g[x]}", "1 deep 1"}, {"{attrs.z}", "9"},
		{"{d[k]} {d[a b]} {d[a b][1]} {d[q.r]}", "1 [7, 8] 8 2"}, {"{ints[3]}", "three"}, {"{list[1]}", "two"},
		{"{fn()}", "called"}, {"{o.B().A}", "2"}, {"{o.B().B().A}", "3"}, {"{p.Ptr()}", "ptr"}, {"{o.Works()}", "works"}, {"{o.Deep()[x][2]}", "3"}, {"{o.Fn()()().A}", "2"},
		{"{n.real}", "42"}, {"{f.real}", "3.14159"}, {"{t}", "true"}, {"{nil}", "<nil>"}, {"{nilp}", "<nil>"}, {"{dur}", "1s"}, {"{err}", "bad"}, {"{custom}", "<custom>"}, {"{bytes}", `b'a\xff\n\''`},
		{"{list}", `[1, "two", <nil>]`}, {"{g}", `{x: 1, h: {y: "deep"}}`}, {"{time}", "2024-02-29T13:04:05Z"}, {"{list!r}", `[1, "two", <nil>]`},
	} {
		got, err := AppendFormat([]byte("-"), tt.in, fields())
		if err != nil || string(got) != "-"+tt.want {
			t.Errorf("%q: got %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
}

func TestFormatErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"{", "single '{'"}, {"a}", "single '}'"}, {"{a", "expected '}'"}, {"{}", "without a name"}, {"{:d}", "without a name"}, {"{s!z}", "unknown conversion"}, {"{s!}", "expected one letter"}, {"{s!rr}", "expected one letter"},
		{"{no}", `no field "no"`}, {"{o.no}", `no "no"`}, {"{o.priv}", `no "priv"`}, {"{list[9]}", `no "9"`}, {"{list[-1]}", `no "-1"`}, {"{d[]}", "bad index"}, {"{d[k}", "bad index"}, {"{d[k]x}", "behind an index"}, {"{o..A}", "empty name"},
		{"{s()}", "no function"}, {"{o.Takes()}", "no function"}, {"{nilfn()}", "no function"}, {"{o.Fails()}", "it failed"}, {"{o.Panics()}", "panic: no way"}, {"{rude}", "panic: rude"}, {"{nil.x}", `no "x"`}, {"{nilp.A}", `no "A"`},
		{"{n:q}", "bad format specification"}, {"{n:.2d}", "no precision"}, {"{s:d}", "not for text"}, {"{s:=6}", "not for text"}, {"{n:99999}", "more than"}, {"{n:99999999999999999999}", "bad format"}, {"{n:.}", "no precision"}, {"{f:x}", "not for floats"}, {"{neg:c}", "no character"},
	} {
		got, err := AppendFormat([]byte("-"), tt.in, fields())
		if err == nil || !strings.Contains(err.Error(), tt.want) || string(got) != "-" {
			t.Errorf("%q: got %q, %v; want an error with %q", tt.in, got, err, tt.want)
		}
	}
}

func TestBounds(t *testing.T) {
	long := strings.Repeat("\u00e9", 20_000)
	look := func(string) (slog.Value, bool) { return slog.StringValue(long), true }
	got, err := AppendFormat(nil, strings.Repeat("{a}", 20_000), look)
	if err != nil || len(got) > text.Max || !utf8.Valid(got) || !strings.HasSuffix(string(got), "... (cut)") {
		t.Errorf("%d octets, %v", len(got), err)
	}
	loop := map[string]any{}
	loop["a"], loop["b"] = loop, []any{loop, loop}
	if got := AppendText(nil, slog.AnyValue(loop)); len(got) > 8*text.Max || !strings.Contains(string(got), "...") {
		t.Errorf("a map that holds itself: %d octets", len(got))
	}
}

func TestLogValuer(t *testing.T) {
	n := 0
	v := slog.AnyValue(valuer{&n})
	got, err := AppendFormat(nil, "{v}", func(string) (slog.Value, bool) { return v, true })
	if string(got) != "resolved" || err != nil || n != 1 {
		t.Errorf("got %q, %v, resolved %d times", got, err, n)
	}
}

func TestQuote(t *testing.T) {
	for _, s := range []string{"", "plain", "100 {%} }", "{{a}}"} {
		if got, err := AppendFormat(nil, Quote(s), nil); string(got) != s || err != nil {
			t.Errorf("%q became %q, %v", s, got, err)
		}
	}
}

func TestNames(t *testing.T) {
	const format = "a {who!r} {g.x} {l[0]} {f()} {n:{width}} {{not}} {broken"
	for key, want := range map[string]bool{"who": true, "g": true, "l": true, "f": true, "n": true, "width": true, "not": false, "wh": false, "x": false, "broken": false} {
		if Parse(format).Names(key) != want {
			t.Errorf("%s: not %v", key, want)
		}
	}
}

// TestParseRemembers has more formats than there is room for.
func TestParseRemembers(t *testing.T) {
	for range 2 {
		for i := range 4 * len(cached) {
			format := fmt.Sprintf("%d {a}", i)
			if f := Parse(format); f.text != format || len(f.Parts) != 1 || f.Parts[0].Literal != fmt.Sprintf("%d ", i) {
				t.Fatalf("%q: %+v", format, f)
			}
		}
	}
	for format, want := range map[string]bool{"{b}": true, strings.Repeat("x", maxCached+1): false} {
		first := Parse(format)
		if again := Parse(format); (first == again) != want {
			t.Errorf("%.10q: kept is not %v", format, want)
		}
	}
}

// FuzzFormat: no format panics, none makes more than text.Max, and what has no braces is itself.
func FuzzFormat(f *testing.F) {
	for _, s := range []string{"{a}", "{a!r:>{b}} {{", "{a[x].y()()}", "{a:*^+#010,.3f}", "}", "{a[!:]:x}", "{a:{b:{c}}}"} {
		f.Add(s, "value", int64(7))
	}
	f.Fuzz(func(t *testing.T, format, s string, n int64) {
		look := func(name string) (slog.Value, bool) {
			switch name {
			case "a":
				return slog.StringValue(s), true
			case "b":
				return slog.Int64Value(n), true
			case "c":
				return slog.AnyValue(map[string]any{s: n}), true
			}
			return slog.AnyValue(fmt.Sprint), len(name)%2 == 0
		}
		got, err := AppendFormat(nil, format, look)
		if len(got) > text.Max || err != nil && len(got) > 0 {
			t.Errorf("%d octets, %v", len(got), err)
		}
		if !strings.ContainsAny(format, "{}") && len(format) <= text.Max && string(got) != format {
			t.Errorf("%q became %q", format, got)
		}
		if back, err := AppendFormat(nil, Quote(s), look); err != nil || string(back) != s && len(s) <= text.Max {
			t.Errorf("%q became %q, %v", s, back, err)
		}
	})
}
