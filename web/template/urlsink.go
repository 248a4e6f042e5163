// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"fmt"
	"strings"
)

// unsafeURL stands in the place of a URL that was not let through.
const unsafeURL = "#unsafe-url"

// maxScheme is how long the beginning of a URL may be before it is known whether it has a scheme.
const maxScheme = 2048

// urlSink is a URL. What a template says is let through; what it is filled with may not give it a scheme other than the usual ones. Only the beginning, up to the first of
// / ? # and :, is kept back.
type urlSink struct {
	level   int
	head    strings.Builder
	filled  bool // head has more than what the template says
	decided bool
	blocked bool // nothing more is written
	script  bool // the template says javascript: or its like
}

func (u *urlSink) static(m *machine, s string) error { return u.add(m, s, false) }

func (u *urlSink) value(m *machine, v any, s string) error {
	_, trusted := v.(URL)
	return u.add(m, s, !trusted)
}

func (u *urlSink) add(m *machine, s string, filled bool) error {
	switch {
	case u.blocked:
		return nil
	case u.script && filled:
		return fmt.Errorf("%w: the template makes it a script or document in a URL, which cannot be filled", ErrUnsafe)
	case u.decided:
		m.raw(s, u.level)
		return nil
	}
	i := strings.IndexAny(s, "/?#:")
	if i < 0 {
		i = len(s)
	} else {
		u.decided = true
	}
	u.head.WriteString(s[:i])
	u.filled = u.filled || filled && s != ""
	head := u.head.String()
	switch {
	case !u.decided && (len(head) <= maxScheme || !u.filled):
		return nil
	case !u.decided, s[i] == ':' && u.filled && !usual(head):
		u.decided, u.blocked = true, true
		m.raw(unsafeURL, u.level)
		return nil
	}
	u.script = s[i] == ':' && dangerous(head)
	m.raw(head, u.level)
	m.raw(s[i:], u.level)
	return nil
}

func (u *urlSink) end(m *machine) error {
	if !u.decided {
		m.raw(u.head.String(), u.level)
	}
	return nil
}

// scheme returns what browsers take for the scheme: they leave out line breaks and tabs, and what is below a space at the beginning.
func scheme(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, s))
}

// usual reports whether anybody may link to what has the scheme s.
func usual(s string) bool {
	switch scheme(s) {
	case "http", "https", "mailto", "tel", "sms", "ftp", "xmpp", "irc", "ircs":
		return true
	}
	return false
}

// dangerous reports whether what follows the scheme s is a program or a document by itself.
func dangerous(s string) bool {
	switch scheme(s) {
	case "javascript", "vbscript", "livescript", "mocha", "data", "jar", "view-source":
		return true
	}
	return false
}

// urlList is several URLs, or something with URLs in it. It is looked at as a whole.
type urlList struct {
	level  int
	all    strings.Builder
	filled bool
}

func (u *urlList) static(m *machine, s string) error {
	u.all.WriteString(s)
	return nil
}

func (u *urlList) value(m *machine, v any, s string) error {
	if _, trusted := v.(URL); !trusted {
		u.filled = true
	}
	if u.all.Len()+len(s) > maxGathered {
		return ErrTooLarge
	}
	u.all.WriteString(s)
	return nil
}

func (u *urlList) end(m *machine) error {
	s := u.all.String()
	if u.filled {
		for _, one := range strings.FieldsFunc(s, func(r rune) bool {
			return r == ',' || r == ';' || r == '=' || r == '"' || r == '\'' || r == ' ' || r == '\t' || r == '\n' || r == '\f' || r == '\r'
		}) {
			if i := strings.IndexAny(one, "/?#:"); i >= 0 && one[i] == ':' && !usual(one[:i]) {
				s = unsafeURL
				break
			}
		}
	}
	m.raw(s, u.level)
	return nil
}
