// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Escaping depends on the place. Text between tags needs & < > escaped, text in an attribute " as well. A tag in an attribute is written as text of the attribute: its own
// text is escaped for content and then all of it for the attribute, and so on. Script, style, event handlers and URLs are collected by a sink that looks at the whole.

type textMode uint8

const (
	content textMode = iota // between tags
	bare                    // directly in an attribute, escaped only as its level says
	raw                     // in script and style elements, which know no escapes; always with a sink
)

// place is where output stands.
type place struct {
	level  int // attributes around it: markup is escaped so often
	text   textMode
	rcdata bool // in an element such as title, where markup is text: no < may look like an end tag
	sink   sink // takes what would be written; may be nil
}

// A sink takes the content of an attribute or element.
type sink interface {
	static(m *machine, s string) error       // what a template says
	value(m *machine, v any, s string) error // what it is filled with: v, as a text s
	end(m *machine) error
}

// own returns the sink of w if outer hasn't the same.
func (w place) own(outer place) sink {
	if w.sink == outer.sink {
		return nil
	}
	return w.sink
}

var (
	contentEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	attrEscaper    = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
)

// raw writes s, which is markup, or text without need of escaping at level 0.
func (m *machine) raw(s string, level int) {
	for range level {
		s = attrEscaper.Replace(s)
	}
	m.out = append(m.out, s...)
}

// markup writes markup.
func (m *machine) markup(s string, w place) error {
	if w.sink != nil {
		return w.sink.static(m, s)
	}
	m.raw(s, w.level)
	return nil
}

// literal writes text of a template.
func (m *machine) literal(s string, w place) error {
	if w.text == content {
		s = contentEscaper.Replace(s)
	}
	return m.markup(s, w)
}

// text writes a value and its text.
func (m *machine) text(s string, v any, w place) error {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
		v = s
	}
	if w.text == content {
		s = contentEscaper.Replace(s)
		v = s
	}
	if w.sink != nil {
		return w.sink.value(m, v, s)
	}
	m.raw(s, w.level)
	return nil
}

// html writes markup that somebody vouches for.
func (m *machine) html(h HTML, w place) error {
	switch {
	case w.text != content:
		return m.text(string(h), h, w)
	case w.rcdata:
		h = HTML(strings.ReplaceAll(string(h), "<", "&lt;"))
	}
	if w.sink != nil {
		return w.sink.value(m, string(h), string(h))
	}
	m.raw(string(h), w.level)
	return nil
}

func (m *machine) comment(c Comment, w place) error {
	if w.text == raw {
		if !c.literal {
			return ErrUnsafe
		}
		return w.sink.static(m, "<!--"+c.Data+"-->")
	}
	s := strings.ReplaceAll(strings.ReplaceAll(c.Data, "--", "- - "), ">", "&gt;")
	if strings.HasSuffix(s, "-") {
		s += " "
	}
	if w.rcdata {
		s = strings.ReplaceAll(s, "<", "&lt;")
	}
	if s = "<!--" + strings.ToValidUTF8(s, "\uFFFD") + "-->"; w.sink != nil {
		return w.sink.value(m, s, s)
	}
	m.raw(s, w.level)
	return nil
}

func (m *machine) cdata(c CDATA, w place) error {
	switch {
	case !c.literal && (w.text != content || strings.Contains(c.Data, ">") || w.rcdata && strings.Contains(c.Data, "<")):
		return m.text(c.Data, c.Data, w)
	case w.text == raw:
		return w.sink.static(m, "<![CDATA["+c.Data+"]]>")
	}
	return m.markup("<![CDATA["+strings.ReplaceAll(c.Data, "]]>", "]]]]><![CDATA[>")+"]]>", w)
}

func (m *machine) charRef(c CharRef, w place) error {
	if !utf8.ValidRune(rune(c)) || c < ' ' && c != '\t' && c != '\n' {
		c = utf8.RuneError
	}
	s := "&#" + strconv.Itoa(int(c)) + ";"
	switch {
	case w.sink != nil:
		return m.text(string(rune(c)), string(rune(c)), w)
	case w.text == bare:
		m.raw(s, w.level-1) // a reference within the attribute
	default:
		m.raw(s, w.level)
	}
	return nil
}
