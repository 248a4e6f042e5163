// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"fmt"
	htmltemplate "html/template"
	"strings"
	"sync"
)

// maxGathered bounds what one script, style sheet or attribute is filled with, in bytes of text.
const maxGathered = 1 << 20

// gather is a script, a style sheet, an event handler or a style attribute. What a template says in it is written as it stands. If it is filled with anything, the whole is made
// a template of html/template, which knows the grammars of JavaScript and CSS: it escapes each value for its place, a string literal or an expression.
type gather struct {
	level   int
	element string // script or style
	kind    string // the type of the script
	attr    string // or an attribute
	parts   []part
	size    int
}

// part is a text of the template, or a value.
type part struct {
	text   string
	value  any
	filled bool
}

func (g *gather) static(m *machine, s string) error {
	if last := len(g.parts) - 1; last >= 0 && !g.parts[last].filled {
		g.parts[last].text += s
		return nil
	}
	g.parts = append(g.parts, part{text: s})
	return nil
}

func (g *gather) value(m *machine, v any, s string) error {
	if g.size += len(s) + 1; g.size > maxGathered {
		return ErrTooLarge
	}
	switch v.(type) { // code that somebody vouches for decides on what follows, as the template does
	case JS:
		if g.element == "script" || g.attr == "onclick" {
			return g.static(m, s)
		}
	case CSS:
		if g.element == "style" || g.attr == "style" {
			return g.static(m, s)
		}
	}
	g.parts = append(g.parts, part{value: v, filled: true})
	return nil
}

func (g *gather) end(m *machine) error {
	level := g.level
	s, filled := "", false
	for _, p := range g.parts {
		filled = filled || p.filled
		s += p.text
	}
	if filled {
		var err error
		if s, err = g.execute(); err != nil {
			return fmt.Errorf("%w: in %s: %w", ErrUnsafe, g.element+g.attr, err)
		}
		if g.attr != "" {
			level-- // html/template has escaped it for one attribute
		}
	}
	if g.element != "" {
		low := strings.ToLower(s)
		if strings.Contains(low, "</"+g.element) || strings.Contains(low, "<!--") && strings.Contains(low, "<script") {
			return fmt.Errorf("%w: the end of the element %s within it", ErrUnsafe, g.element)
		}
	}
	m.raw(s, level)
	return nil
}

// The delimiters of actions: nothing that could stand in a script.
const (
	actionOpen  = "\u27ea\uE0F1"
	actionClose = "\uE0F2\u27eb"
)

// execute has html/template write it.
func (g *gather) execute() (string, error) {
	head, tail := "<"+g.element+">", "</"+g.element+">"
	switch {
	case g.attr != "":
		head, tail = "<a "+g.attr+`="`, `">`
	case g.kind != "":
		head = "<" + g.element + ` type="` + g.kind + `">`
	}
	var src strings.Builder
	src.WriteString(head)
	var values []any
	for _, p := range g.parts {
		switch {
		case p.filled:
			fmt.Fprintf(&src, "%sindex . %d%s", actionOpen, len(values), actionClose)
			values = append(values, p.value)
		case strings.Contains(p.text, actionOpen):
			return "", fmt.Errorf("%q in the template", actionOpen)
		case g.attr != "":
			src.WriteString(attrEscaper.Replace(p.text))
		default:
			src.WriteString(p.text)
		}
	}
	src.WriteString(tail)
	t, err := escapers.get(src.String())
	if err != nil {
		return "", err
	}
	var out strings.Builder
	if err := t.Execute(&out, values); err != nil {
		return "", err
	}
	s, ok := strings.CutPrefix(out.String(), head)
	s, ok2 := strings.CutSuffix(s, tail)
	if !ok || !ok2 {
		return "", fmt.Errorf("it does not end where it should")
	}
	return s, nil
}

// escapers are the templates that were made. There are as many as scripts with values in them; but a program may make up scripts, so that they are bounded.
var escapers = cache{m: make(map[string]*htmltemplate.Template)}

const (
	maxCached   = 256
	maxCachable = 65536 // bytes of one
)

type cache struct {
	mu sync.Mutex
	m  map[string]*htmltemplate.Template // guarded by mu
}

func (c *cache) get(src string) (*htmltemplate.Template, error) {
	c.mu.Lock()
	t := c.m[src]
	c.mu.Unlock()
	if t != nil {
		return t, nil
	}
	t, err := htmltemplate.New("").Delims(actionOpen, actionClose).Parse(src)
	if err != nil || len(src) > maxCachable {
		return t, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.m) >= maxCached {
		clear(c.m)
	}
	c.m[src] = t
	return t, nil
}
