// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package saslprep

import (
	"strings"
	"testing"
)

// The examples of RFC 4013, section 3, and one of each table.
func TestPrepare(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"soft hyphen", "I\u00adX", "IX"},
		{"plain", "user", "user"},
		{"case stays", "USER", "USER"},
		{"feminine ordinal", "\u00aa", "a"},
		{"roman nine", "\u2168", "IX"},
		{"no-break space", "a\u00a0b", "a b"},
		{"ideographic space", "a\u3000b", "a b"},
		{"variation selector", "a\ufe0fb", "ab"},
		{"composed", "e\u0301", "\u00e9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := Prepare(tt.in); err != nil || got != tt.want {
				t.Errorf("Prepare(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
			}
		})
	}
	for _, bad := range []string{"", "\u00ad", "\u0007", "a\x7f", "\u06271", "\xff", "\ue000", "\ufffe"} {
		if got, err := Prepare(bad); err == nil {
			t.Errorf("Prepare(%q) = %q, want an error", bad, got)
		}
	}
}

func FuzzPrepare(f *testing.F) {
	f.Add("pass\u00adword")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Prepare(s)
		if err != nil {
			return
		}
		if strings.ContainsFunc(p, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("Prepare(%q) let a control through: %q", s, p)
		}
		if again, err := Prepare(p); err != nil || again != p {
			t.Errorf("Prepare(%q) = %q, and of that %q, %v", s, p, again, err)
		}
	})
}
