// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package usage

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Config is a configuration file as it was parsed.
type Config struct {
	Name     string
	Sections []Section // in order; the first one, before any heading, has the Name ""
}

// A Section is what stands below a heading. One that comes twice is two.
type Section struct {
	Name    string // its words separated by single spaces
	Line    int    // the heading's
	Entries []Entry
}

// An Entry is one line: name = value.
type Entry struct {
	Name, Value string
	Line        int
}

// Section returns the entries of all sections of the name.
func (c *Config) Section(name string) []Entry {
	var all []Entry
	for _, s := range c.Sections {
		if s.Name == name {
			all = append(all, s.Entries...)
		}
	}
	return all
}

// ParseConfig reads a configuration file; name is for errors. A line is one of
//
//	# a comment, or ; one
//	[web]
//	listen = tcp:8080
//	title = " a Go string, for blanks at the ends and escapes\t"
//
// and nothing else. Options of the program itself stand first, those of a sub-command below its name in brackets. An option that may be repeated has a line for each value; a flag
// is yes or no. Blanks around names and values do not count. A # within a value is part of it.
func ParseConfig(name string, text []byte) (*Config, error) {
	c := &Config{Name: name, Sections: []Section{{}}}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		fail := func(format string, args ...any) (*Config, error) {
			return nil, fmt.Errorf("%s:%d: %s", name, n, fmt.Sprintf(format, args...))
		}
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return fail("not text in UTF-8")
		}
		if line[0] == '[' {
			if line[len(line)-1] != ']' || strings.ContainsAny(line[1:len(line)-1], "[]") {
				return fail("%q is no heading: it has to be [name]", line)
			}
			c.Sections = append(c.Sections, Section{Name: strings.Join(strings.Fields(line[1:len(line)-1]), " "), Line: n})
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || !validName(key) {
			return fail("%q is neither name = value nor [heading]", line)
		}
		if strings.HasPrefix(value, `"`) {
			unquoted, err := strconv.Unquote(value)
			if err != nil {
				return fail("%s: %s is no quoted text", key, value)
			}
			value = unquoted
		}
		s := &c.Sections[len(c.Sections)-1]
		s.Entries = append(s.Entries, Entry{key, value, n})
	}
	return c, nil
}
