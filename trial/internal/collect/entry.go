// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package collect

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/trial/result"
)

// What a test logs looks the same whether it is a failure or not:
//
//	    some_test.go:12: first line
//	        and more of it
//
// The line of the source that is named tells which of them it is, if there is such a file; the markers of a Case tell what is an error.

const (
	maxEntries   = 200
	maxEntryText = 64 << 10
)

type kind uint8

const (
	unknown kind = iota // the source does not tell
	logged              // t.Log, t.Skip
	failure             // t.Error, t.Fatal
	likely              // what is called like an assertion
)

// An entry is one of what a test logged.
type entry struct {
	file  string
	line  int
	text  strings.Builder
	kind  kind
	error bool // as its marker says
	told  bool
}

// position reads "    file.go:12: text", as t.Log writes it.
func position(s string) (file string, line int, text string, ok bool) {
	s, ok = strings.CutPrefix(s, "    ")
	if !ok || s == "" || s[0] == ' ' {
		return "", 0, "", false
	}
	i := strings.Index(s, ".go:")
	if i <= 0 {
		return "", 0, "", false
	}
	file, rest := s[:i+3], s[i+4:]
	digits, text, ok := strings.Cut(rest, ": ")
	if !ok {
		digits, ok = strings.CutSuffix(rest, ":")
	}
	line, err := strconv.Atoi(digits)
	if !ok || err != nil || strings.ContainsAny(file, "\t\"") {
		return "", 0, "", false
	}
	return file, line, text, true
}

// add reads a line, with its end, and returns the entry that ended with it, or nil.
func (t *test) add(line string) (ended *entry) {
	s := strings.TrimRight(line, "\r\n")
	if file, n, text, ok := position(s); ok {
		ended = t.open
		e := &entry{file: file, line: n, kind: t.stream.c.source.kind(t.stream.pkg.dir, file, n)}
		e.text.WriteString(text)
		t.open, t.last = e, e
		if e.error = t.marked(e); e.error {
			e.kind = unknown
		}
		switch {
		case e.kind == logged:
		case len(t.entries) < maxEntries:
			t.entries = append(t.entries, e)
		default:
			t.more++
		}
		return ended
	}
	if t.open == nil {
		return nil
	}
	more, ok := strings.CutPrefix(s, "        ")
	if !ok {
		ended = t.open
		t.open = nil
		return ended
	}
	if t.open.text.Len()+len(more) < maxEntryText {
		t.open.text.WriteByte('\n')
		t.open.text.WriteString(more)
	}
	return nil
}

func (e *entry) problem() result.Problem {
	return result.Problem{Error: e.error, Text: strings.TrimRight(e.text.String(), "\n "), File: e.file, Line: e.line}
}

// marked reports whether a mark of the test means the entry, whose first line ends with it then. A mark means one entry.
func (t *test) marked(e *entry) bool {
	first, _, _ := strings.Cut(e.text.String(), "\n")
	for i, m := range t.marks {
		if m = strings.TrimSpace(m); m != "" && strings.HasSuffix(strings.TrimSpace(first), m) {
			t.marks = append(t.marks[:i], t.marks[i+1:]...)
			return true
		}
	}
	return false
}

// cut returns what a test printed without the entry, which is a problem.
func (e *entry) cut(out []byte) []byte {
	text := "    " + e.file + ":" + strconv.Itoa(e.line) + ": " + strings.ReplaceAll(e.text.String(), "\n", "\n        ") + "\n"
	before, after, ok := bytes.Cut(out, []byte(text))
	if !ok {
		return out
	}
	return append(bytes.Clone(before), after...)
}
