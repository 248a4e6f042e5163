// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"fmt"
	"strings"
)

// A Changelog is CHANGELOG.md: below the heading "## Unreleased" a "### core" for each module, and below that a "## core v1.0.0, 2026-11-22" for each release,
// newest first.
type Changelog struct {
	head       string // up to and with the heading "## Unreleased"
	unreleased []section
	released   string // from the first release on
}

type section struct{ module, body string }

const unreleasedHeading = "## Unreleased\n"

// ParseChangelog reads the text of a changelog.
func ParseChangelog(text string) (*Changelog, error) {
	head, rest, ok := strings.Cut("\n"+text, "\n"+unreleasedHeading)
	if !ok {
		return nil, fmt.Errorf("release: CHANGELOG.md has no heading %q", strings.TrimSpace(unreleasedHeading))
	}
	c := &Changelog{head: strings.TrimPrefix(head, "\n") + "\n" + unreleasedHeading}
	if i := strings.Index("\n"+rest, "\n## "); i >= 0 {
		rest, c.released = rest[:i], rest[i:]
	}
	seen := map[string]bool{}
	for line := range strings.Lines(rest) {
		if name, ok := strings.CutPrefix(line, "### "); ok {
			name = strings.TrimSpace(name)
			if seen[name] {
				return nil, fmt.Errorf("release: CHANGELOG.md has two sections of unreleased changes of %s: join them", name)
			}
			seen[name] = true
			c.unreleased = append(c.unreleased, section{module: name})
		} else if n := len(c.unreleased); n > 0 {
			c.unreleased[n-1].body += line
		} else if strings.TrimSpace(line) != "" {
			return nil, fmt.Errorf("release: CHANGELOG.md: %q belongs to no module: put it below a heading such as ### core", strings.TrimSpace(line))
		}
	}
	for i := range c.unreleased {
		c.unreleased[i].body = strings.Trim(c.unreleased[i].body, "\n")
	}
	return c, nil
}

// String returns the text.
func (c *Changelog) String() string {
	var b strings.Builder
	b.WriteString(c.head)
	for _, s := range c.unreleased {
		fmt.Fprintf(&b, "\n### %s\n", s.module)
		if s.body != "" {
			fmt.Fprintf(&b, "\n%s\n", s.body)
		}
	}
	if c.released != "" {
		b.WriteString("\n" + c.released)
	}
	return b.String()
}

func (c *Changelog) section(module string) *section {
	for i := range c.unreleased {
		if c.unreleased[i].module == module {
			return &c.unreleased[i]
		}
	}
	return nil
}

// Unreleased returns what is written of a module since its last release.
func (c *Changelog) Unreleased(module string) string {
	if s := c.section(module); s != nil {
		return s.body
	}
	return ""
}

// Removed returns the entries since the last release that tell what went away or changed for the worse: "- Removed: ...", and those below "#### Removed".
func (c *Changelog) Removed(module string) []string {
	var entries []string
	under := false
	for line := range strings.Lines(c.Unreleased(module)) {
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "#### "); ok {
			under = heading == "Removed"
			continue
		}
		if entry, ok := strings.CutPrefix(line, "- Removed: "); ok {
			entries = append(entries, entry)
		} else if entry, ok := strings.CutPrefix(line, "- "); ok && under {
			entries = append(entries, entry)
		}
	}
	return entries
}

// Add puts an entry at the end of a module's unreleased changes.
func (c *Changelog) Add(module, entry string) {
	if c.section(module) == nil {
		c.unreleased = append(c.unreleased, section{module: module})
	}
	s := c.section(module)
	s.body = strings.TrimLeft(s.body+"\n- "+entry, "\n")
}

// Release makes the unreleased changes of a module those of a version, and returns them. date is as in 2026-11-22.
func (c *Changelog) Release(module, version, date string) string {
	body := c.Unreleased(module)
	if s := c.section(module); s != nil {
		s.body = ""
	}
	if body == "" {
		body = "- Nothing that users notice."
	}
	c.released = strings.TrimRight(fmt.Sprintf("## %s %s, %s\n\n%s\n\n%s", module, version, date, body, c.released), "\n") + "\n"
	return body
}
