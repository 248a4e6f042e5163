// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package text

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/torsion-go/torsion/logger"
)

func TestMessage(t *testing.T) {
	fields := []slog.Attr{slog.String("who", "bob"), slog.Int("n", 42), slog.Group("g", slog.Group("h", "d", time.Second)), slog.Any("b", []byte("raw"))}
	tests := []struct{ format, want string }{
		{"", ""},
		{"plain", "plain"},
		{"Hello {who}", "Hello bob"},
		{"{who!r} {n:05d} {g.h.d} {b}", "bob 42 1s raw"},
		{"{g}", "{h={d=1s}}"},
		{"{who()}", "bob"},
		{"{{who}} {{{who}}}", "{who} {bob}"},
		{"{none} {who.x} {g.x}", "{none} {who.x} {g.x}"},
		{"open {", "open {"}, {"shut }", "shut }"}, {"{}", "{}"}, {"{who", "{who"},
	}
	for _, tt := range tests {
		if got := Message(&logger.Event{Format: tt.format, Fields: fields}); got != tt.want {
			t.Errorf("%q gives %q, want %q", tt.format, got, tt.want)
		}
	}
}

func TestNamed(t *testing.T) {
	const format = "a {who!r} {g.x} {l[0]} {f()} {{not}}"
	for key, want := range map[string]bool{"who": true, "g": true, "l": true, "f": true, "not": false, "wh": false, "x": false} {
		if Named(format, key) != want {
			t.Errorf("%s: not %v", key, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a{b}c")
	f.Add("}}{{")
	f.Fuzz(func(t *testing.T, s string) {
		if got := Message(&logger.Event{Format: Escape(s)}); got != s {
			t.Errorf("%q became %q", s, got)
		}
		Message(&logger.Event{Format: s})
	})
}

// TestAppendSafe is class 61: log injection.
func TestAppendSafe(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain é 世界 \U0001F600", "plain é 世界 \U0001F600"},
		{"a\nb\r\tc\x00\x1b[31m\x7f", `a\nb\r\tc\x00\x1b[31m\x7f`},
		{"c1\u009b2J", `c1\u009b2J`},
		{"turn\u202eback", `turn\u202eback`},
		{"bad\xff\xc3", `bad\xff\xc3`},
		{"line\u2028sep", `line\u2028sep`},
	}
	for _, tt := range tests {
		if got := string(AppendSafe(nil, tt.in)); got != tt.want {
			t.Errorf("%q gives %s, want %s", tt.in, got, tt.want)
		}
	}
}

func FuzzAppendSafe(f *testing.F) {
	f.Add("a\x1b\xffé\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		for _, b := range [][]byte{AppendSafe(nil, s), AppendQuoted(nil, s)} {
			if !utf8.Valid(b) || bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e }) {
				t.Errorf("%q became %q", s, b)
			}
		}
	})
}

func TestAppendQuoted(t *testing.T) {
	for in, want := range map[string]string{"": `""`, "word": "word", "two words": `"two words"`, `q"`: `"q\""`, "a=b": `"a=b"`, "\x1b": `"\x1b"`, "é": `"é"`} {
		if got := string(AppendQuoted(nil, in)); got != want {
			t.Errorf("%q gives %s, want %s", in, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		n        int
		cut      bool
	}{{"abc", "abc", 3, false}, {"abc", "ab", 2, true}, {"aé", "a", 2, true}, {"é", "", 1, true}, {"x", "", -1, true}} {
		if got, cut := Clip(tt.in, tt.n); got != tt.want || cut != tt.cut {
			t.Errorf("%q to %d gives %q, %v", tt.in, tt.n, got, cut)
		}
	}
}

type bad struct{}

func (*bad) Error() string { panic("no") }

type withStack struct{ error }

func (w withStack) Format(s fmt.State, _ rune) {
	fmt.Fprint(s, w.Error())
	if s.Flag('+') {
		fmt.Fprint(s, "\nf\n\tf.go:1")
	}
}

func TestStack(t *testing.T) {
	boom := errors.New("boom")
	for _, tt := range []struct {
		err  error
		want string
	}{{nil, ""}, {boom, ""}, {withStack{boom}, "f\n\tf.go:1"}, {fmt.Errorf("w: %w", withStack{boom}), "f\n\tf.go:1"}, {(*bad)(nil), ""}, {withStack{(*bad)(nil)}, ""}} {
		if got := Stack(tt.err); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// TestValuesNeverPanic has methods that do.
func TestValuesNeverPanic(t *testing.T) {
	if got := string(AppendValue(nil, slog.AnyValue((*bad)(nil)))); got == "" {
		t.Error("nothing for an error that panics")
	}
}
