// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain é 日本 🙂 \uFFFD":        "plain é 日本 🙂 \uFFFD",
		"a\nb\tc\rd":                 `a\nb\tc\rd`,
		"\x1b[2J\x00\x7f\u0085":      `\x1b[2J\x00\x7f\u0085`,
		"\xff\xc3":                   `\xff\xc3`,
		"\u202e\ufeff\U000e0001":     `\u202e\ufeff\U000e0001`,
		"back\\slash stays as it is": "back\\slash stays as it is",
	} {
		if got := line(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := lines("a\r\nb\tc\rd\x07\n"); got != "a\nb\tc\\rd\\x07\n" {
		t.Errorf("%q", got)
	}
}

// TestPaint: colours of tests pass to a terminal, but end with their line; everything else that a terminal would obey does not.
func TestPaint(t *testing.T) {
	in := "a \x1b[31;1mred\nstill\x1b[0m \x1b[2J\x1b]0;title\x07\n"
	if got, want := paint(in, true), "a \x1b[31;1mred\x1b[0m\nstill\x1b[0m \\x1b[2J\\x1b]0;title\\x07\x1b[0m\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := paint(in, false), "a red\nstill \\x1b[2J\\x1b]0;title\\x07\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBound(t *testing.T) {
	for _, tt := range []struct {
		s       string
		n       int
		omitted int64
		want    string
	}{
		{"short\n", 100, 0, "short\n"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9\n", 12, 0, "1\n2\n3\n4\n[... 6 bytes left out ...]\n8\n9\n"},
		{"ééééééé", 8, 0, "éé[... 8 bytes left out ...]é"},
		{"text", 100, 5000, "text\n[... 5,000 bytes left out ...]\n"},
		{strings.Repeat("x", 3000) + "é" + strings.Repeat("y", 3000) + "\nend\n", 10000, 0, strings.Repeat("x", 2730) + "[... 1,908 bytes left out ...]" + strings.Repeat("y", 1364) + "\nend\n"},
		{strings.Repeat("x", 5000), -1, 0, strings.Repeat("x", 5000)},
		{strings.Repeat("\x80", 100), 60, 0, ""},
	} {
		got := bound(tt.s, tt.n, tt.omitted)
		if tt.want == "" {
			if utf8.ValidString(got) || !strings.Contains(got, "left out") {
				t.Errorf("%q", got)
			}
			continue
		}
		if got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "é": 1, "e\u0301": 1, "日本": 4, "🙂": 2, "ａ": 2} {
		if got := width(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
	for _, tt := range []struct {
		s    string
		n    int
		want string
	}{{"abcdef", 6, "abcdef"}, {"abcdef", 5, "abcd…"}, {"日本語", 5, "日本…"}, {"日本語", 4, "日…"}} {
		if got := fit(tt.s, tt.n); got != tt.want {
			t.Errorf("%q in %d: %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
}
