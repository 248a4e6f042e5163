// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Text writes the report for a terminal.
func (r *Report) Text(out io.Writer) error {
	w := &writer{out: out}
	w.printf("%s\n", r.Heading())
	for _, t := range r.tables() {
		w.text(t)
	}
	return w.err
}

// Markdown writes the report as Markdown.
func (r *Report) Markdown(out io.Writer) error {
	w := &writer{out: out}
	w.printf("%s.\n", r.Heading())
	for _, t := range r.tables() {
		w.markdown(t)
	}
	return w.err
}

// A writer keeps the first error.
type writer struct {
	out io.Writer
	err error
}

func (w *writer) printf(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.out, format, args...)
	}
}

// text aligns the first column left and the others right.
func (w *writer) text(t table) {
	w.printf("\n")
	if t.title != "" {
		w.printf("%s\n", t.title)
	}
	lines := t.rows
	if len(t.rows) > 0 {
		lines = slices.Insert(slices.Clone(t.rows), 0, t.head)
	}
	widths := make([]int, len(t.head))
	for _, row := range lines {
		for k, cell := range row {
			widths[k] = max(widths[k], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range lines {
		var line strings.Builder
		for k, cell := range row {
			pad := strings.Repeat(" ", widths[k]-utf8.RuneCountInString(cell))
			if k == 0 {
				line.WriteString("  " + cell + pad)
			} else {
				line.WriteString("  " + pad + cell)
			}
		}
		w.printf("%s\n", strings.TrimRight(line.String(), " "))
	}
	for _, n := range t.notes {
		w.printf("  %s\n", n)
	}
}

func (w *writer) markdown(t table) {
	if t.title != "" {
		w.printf("\n### %s\n", t.title)
	}
	w.printf("\n")
	if len(t.rows) > 0 {
		w.row(t.head)
		rule := make([]string, len(t.head))
		for k := range rule {
			rule[k] = "---:"
		}
		rule[0] = "---"
		w.row(rule)
		for _, row := range t.rows {
			w.row(row)
		}
	}
	for k, n := range t.notes {
		if k == 0 && len(t.rows) > 0 {
			w.printf("\n")
		}
		w.printf("- %s\n", cell(n))
	}
}

func (w *writer) row(cells []string) {
	line := "|"
	for _, c := range cells {
		line += " " + cell(c) + " |"
	}
	w.printf("%s\n", line)
}

// cell keeps what Markdown would read as something else.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "*", "\\*", "<", "&lt;").Replace(s)
}
