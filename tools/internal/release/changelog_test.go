// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"os"
	"strings"
	"testing"
)

func TestChangelog(t *testing.T) {
	const text = "# Changes\n\nWhat.\n\n## Unreleased\n\n### core\n\n- New: a\n  and b.\n- Removed: c.\n\n### web\n\n- New: d.\n\n#### Removed\n\n- e\n- f\n\n## core v1.0.0, 2026-01-01\n\n- First.\n"
	c, err := ParseChangelog(text)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.String(); got != text {
		t.Errorf("it comes back as\n%s", got)
	}
	if got := strings.Join(c.Removed("core"), "|"); got != "c." {
		t.Errorf("removed of core: %s", got)
	}
	if got := strings.Join(c.Removed("web"), "|"); got != "e|f" {
		t.Errorf("removed of web: %s", got)
	}
	if got := c.Unreleased("core"); got != "- New: a\n  and b.\n- Removed: c." {
		t.Errorf("unreleased of core: %q", got)
	}
	if c.Unreleased("mail") != "" || c.Removed("mail") != nil {
		t.Error("there are entries of a module without a section")
	}
	c.Add("mail", "New: g.")
	c.Add("mail", "New: h.")
	if got := c.Release("core", "v1.1.0", "2026-02-02"); got != "- New: a\n  and b.\n- Removed: c." {
		t.Errorf("released: %q", got)
	}
	c.Release("names", "v1.0.0", "2026-02-02")
	want := "# Changes\n\nWhat.\n\n## Unreleased\n\n### core\n\n### web\n\n- New: d.\n\n#### Removed\n\n- e\n- f\n\n### mail\n\n- New: g.\n- New: h.\n\n" +
		"## names v1.0.0, 2026-02-02\n\n- Nothing that users notice.\n\n## core v1.1.0, 2026-02-02\n\n- New: a\n  and b.\n- Removed: c.\n\n## core v1.0.0, 2026-01-01\n\n- First.\n"
	if got := c.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestChangelogErrors(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "no heading"},
		{"no unreleased", "# Changes\n\n## core v1.0.0, 2026-01-01\n", "no heading"},
		{"section twice", "## Unreleased\n\n### core\n\n### core\n", "two sections of unreleased changes of core"},
		{"no module", "## Unreleased\n\n- New: x.\n", `"- New: x." belongs to no module`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParseChangelog(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestRepositoryChangelog holds this repository's own changelog to its form.
func TestRepositoryChangelog(t *testing.T) {
	text, err := os.ReadFile("../../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseChangelog(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if c.String() != string(text) {
		t.Error("CHANGELOG.md is written otherwise than the release writes it: one empty line around each heading")
	}
}
