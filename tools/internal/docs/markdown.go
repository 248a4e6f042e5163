// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package docs

import (
	"regexp"
	"strings"
)

// A markdown is what a document holds that can be checked.
type markdown struct {
	spans  []fragment // text within backquotes
	links  []fragment // where links lead
	blocks []fragment // fenced blocks marked "go"
}

// A fragment is a piece of a document and the line where it begins.
type fragment struct {
	line int
	text string
}

// link matches the target of an inline link, and of a reference definition.
var link = regexp.MustCompile(`\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s*<?([^\s>]+)>?`)

func parseMarkdown(text string) markdown {
	var d markdown
	fence, python := "", false // the fence of the block we are in; the table we are in has Python in its first column
	var block *fragment        // the block of Go we are in
	inTable := false
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if fence != "" {
			switch {
			case strings.Trim(trimmed, fence[:1]) == "" && len(trimmed) >= len(fence):
				if block != nil {
					d.blocks = append(d.blocks, *block)
				}
				fence, block = "", nil
			case block != nil:
				block.text += line + "\n"
			}
			continue
		}
		if mark, info := cutFence(trimmed); mark != "" {
			fence, inTable = mark, false
			if info == "go" {
				block = &fragment{line: i + 1}
			}
			continue
		}
		if cells, ok := strings.CutPrefix(trimmed, "|"); ok {
			first, rest := cutCell(cells)
			if !inTable {
				inTable, python = true, strings.EqualFold(strings.TrimSpace(first), "Twisted")
			}
			if python {
				line = rest
			}
		} else {
			inTable = false
		}
		spans, prose := cutSpans(line)
		for _, s := range spans {
			d.spans = append(d.spans, fragment{i + 1, s})
		}
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			d.links = append(d.links, fragment{i + 1, m[1] + m[2]})
		}
	}
	return d
}

// cutFence returns the characters that open a fenced block, and what is said of it.
func cutFence(line string) (mark, info string) {
	for _, c := range []string{"`", "~"} {
		rest := strings.TrimLeft(line, c)
		if n := len(line) - len(rest); n >= 3 {
			info, _, _ = strings.Cut(strings.TrimSpace(rest), " ")
			return line[:n], info
		}
	}
	return "", ""
}

// cutCell cuts at the first "|" that is not escaped.
func cutCell(row string) (cell, rest string) {
	for i := 0; i < len(row); i++ {
		switch row[i] {
		case '\\':
			i++
		case '|':
			return row[:i], row[i+1:]
		}
	}
	return row, ""
}

// cutSpans separates what stands between equal runs of backquotes from the rest of a line.
func cutSpans(line string) (spans []string, prose string) {
	for {
		before, _, found := strings.Cut(line, "`")
		if !found {
			return spans, prose + line
		}
		rest := strings.TrimLeft(line[len(before):], "`")
		ticks := line[len(before) : len(line)-len(rest)]
		code, after, closed := strings.Cut(rest, ticks)
		prose += before
		if !closed {
			return spans, prose + rest
		}
		spans = append(spans, code)
		line = after
	}
}
