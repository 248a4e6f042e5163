// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package text

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestAppendEscaped is class 61: log injection.
func TestAppendEscaped(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain é 世界 \U0001F600", "plain é 世界 \U0001F600"},
		{"a\nb\r\tc\x00\x1b[31m\x7f", `a\nb\r` + "\t" + `c\x00\x1b[31m\x7f`},
		{"c1\u009b2J", `c1\u009b2J`},
		{"turn\u202eback", `turn\u202eback`},
		{"bad\xff\xc3", `bad\xff\xc3`},
		{"line\u2028sep", `line\u2028sep`},
	}
	for _, tt := range tests {
		if got := string(AppendEscaped(nil, tt.in, "")); got != tt.want {
			t.Errorf("%q gives %s, want %s", tt.in, got, tt.want)
		}
		if got, want := string(AppendEscaped(nil, tt.in, "\n\t")), strings.ReplaceAll(tt.want, `\n`, "\n\t"); got != want {
			t.Errorf("%q gives %s, want %s", tt.in, got, want)
		}
	}
}

func FuzzEscapes(f *testing.F) {
	f.Add("a\x1b\xffé\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		for _, b := range [][]byte{AppendEscaped(nil, s, ""), AppendQuoted(nil, s), AppendKey(nil, s)} {
			if !utf8.Valid(b) || bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0x202e }) {
				t.Errorf("%q became %q", s, b)
			}
		}
	})
}

func TestAppendQuoted(t *testing.T) {
	for in, want := range map[string]string{"": `""`, "word": "word", "two words": `"two words"`, `q"`: `"q\""`, "a=b": `"a=b"`, "\x1b": `"\x1b"`, "é": "é", "\u202e": `"\u202e"`, "\xff": `"\xff"`, "\t": `"\t"`} {
		if got := string(AppendQuoted(nil, in)); got != want {
			t.Errorf("%q gives %s, want %s", in, got, want)
		}
	}
}

func TestAppendKey(t *testing.T) {
	for in, want := range map[string]string{"": "_", "word": "word", "two words": "two_words", `q"=`: "q__", "a\nb\xffé": "a_b_é"} {
		if got := string(AppendKey(nil, in)); got != want {
			t.Errorf("%q gives %s, want %s", in, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		n        int
	}{{"abc", "abc", 3}, {"abc", "ab", 2}, {"aé", "a", 2}, {"é", "", 1}, {"x", "", -1}} {
		if got := Clip(tt.in, tt.n); got != tt.want {
			t.Errorf("%q to %d gives %q", tt.in, tt.n, got)
		}
	}
}

type bad struct{}

func (*bad) Error() string { panic("no") }

type stacked struct{ error }

func (stacked) Stack() string { return "s" }

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
	}{{nil, ""}, {boom, ""}, {fmt.Errorf("w: %w", stacked{boom}), "s"}, {withStack{boom}, "f\n\tf.go:1"}, {fmt.Errorf("w: %w", withStack{boom}), "f\n\tf.go:1"}, {(*bad)(nil), ""}, {withStack{(*bad)(nil)}, ""}} {
		if got := Stack(tt.err); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

func TestError(t *testing.T) {
	if got := Error((*bad)(nil)); got != "(its Error method panics: no)" {
		t.Errorf("%q", got)
	}
}

func TestCut(t *testing.T) {
	got := CutAt([]byte("-aaaaaaaaaéééé"), 1, 11+len("é"))
	if string(got) != "-aaaa... (cut)" || len(Cut(make([]byte, Max+1), 1)) != Max+1 {
		t.Errorf("%q", got)
	}
}
