// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/trial/result"
)

// formatProblem shows p as o says. dir is the folder of its package, if that is known. The result ends with a newline and has nothing that a terminal would take for a command.
func formatProblem(p result.Problem, dir string, o Options) string {
	p = placed(p, dir)
	var s string
	switch o.Format {
	case Emacs:
		s = emacs(p, dir)
	case Verbose:
		s = source(p, dir) + p.Text
	default:
		s = position(p.File, p.Line) + shortPaths(trimStack(p.Text))
	}
	s = bound(strings.TrimRight(s, "\n"), o.MaxText, 0)
	return strings.TrimRight(paint(s, o.Color == ColorAlways), "\n") + "\n"
}

func position(file string, n int) string {
	switch {
	case file == "":
		return ""
	case n == 0:
		return file + ": "
	}
	return file + ":" + strconv.Itoa(n) + ": "
}

// placed takes the place from an error that did not happen in dir: it names a file of trial, or of Go, that found it.
func placed(p result.Problem, dir string) result.Problem {
	if !p.Error || !missing(p.File, dir) {
		return p
	}
	p.File, p.Line = "", 0
	return p
}

// missing reports whether a file that the toolchain names by its base is not in dir, as far as that is known.
func missing(file, dir string) bool {
	if file == "" || dir == "" || filepath.IsAbs(file) {
		return false
	}
	if _, err := os.Stat(dir); err != nil {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, file))
	return errors.Is(err, fs.ErrNotExist)
}

// emacs gives every place a line of its own that begins "file:line: ", with names of files that are right in the working directory.
func emacs(p result.Problem, dir string) string {
	text, stack := splitStack(p.Text)
	first, rest, _ := strings.Cut(text, "\n")
	var b strings.Builder
	at := p
	if at.File == "" && len(stack) > 0 {
		at.File, at.Line = stack[0].file, stack[0].line
		stack = stack[1:]
	}
	fmt.Fprintf(&b, "%s%s\n", position(relative(whole(at.File, dir)), at.Line), first)
	for l := range strings.Lines(rest) {
		b.WriteString("    " + l)
	}
	if rest != "" {
		b.WriteByte('\n')
	}
	for _, f := range stack {
		fmt.Fprintf(&b, "%s%s\n", position(relative(f.file), f.line), f.function)
	}
	return b.String()
}

// source shows where p happened with the lines around it, as far as that can be read.
func source(p result.Problem, dir string) string {
	if p.File == "" {
		return ""
	}
	const around = 2
	path := whole(p.File, dir)
	head := strings.TrimSuffix(position(relative(path), p.Line), ": ") + ":\n"
	info, err := os.Stat(path)
	if p.Line == 0 || err != nil || !info.Mode().IsRegular() || filepath.Ext(path) != ".go" {
		return head
	}
	f, err := os.Open(path)
	if err != nil {
		return head
	}
	defer f.Close()
	var b strings.Builder
	b.WriteString(head)
	scan := bufio.NewScanner(io.LimitReader(f, 16<<20))
	for n := 1; n <= p.Line+around && scan.Scan(); n++ {
		if n < p.Line-around {
			continue
		}
		arrow := "  "
		if n == p.Line {
			arrow = "->"
		}
		l := scan.Text()
		if len(l) > 200 {
			l, _ = cutRunes(l, 200, 200)
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("%s %4d %s", arrow, n, l), " \t") + "\n")
	}
	return b.String()
}

// whole returns the path of a file that the toolchain names by its base.
func whole(file, dir string) string {
	if file == "" || dir == "" || filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(dir, file)
}

// relative shortens an absolute path by the working directory.
func relative(path string) string {
	if wd, err := os.Getwd(); err == nil && filepath.IsAbs(path) {
		if r, err := filepath.Rel(wd, path); err == nil && len(r) < len(path) {
			return r
		}
	}
	return path
}
