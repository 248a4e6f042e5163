// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"fmt"
	"go/build"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/torsion-go/torsion/trial/internal/golist"
)

// A target is what to run of some packages.
type target struct {
	patterns []string // as the go command has them
	names    []string // of tests, if not all of them
}

// A missing is an argument that names nothing.
type missing struct{ name, why string }

// resolve finds out what the arguments mean: packages all of whose tests run, and such of which only some do. What names a file that is not there is said and left out, what names
// something else that is not there is returned.
func (c Config) resolve() (targets []target, lost []missing) {
	var all target
	some := map[string][]string{} // names by pattern
	var order []string
	add := func(pattern string, names ...string) {
		if len(names) == 0 {
			if !slices.Contains(all.patterns, pattern) {
				all.patterns = append(all.patterns, pattern)
			}
			return
		}
		if _, ok := some[pattern]; !ok {
			order = append(order, pattern)
		}
		for _, n := range names {
			if !slices.Contains(some[pattern], n) {
				some[pattern] = append(some[pattern], n)
			}
		}
	}
	for _, arg := range c.Args {
		switch {
		case slices.Contains(reserved, arg):
			add(arg)
		case arg == "" || strings.Contains(arg, "..."):
			for _, pattern := range c.inModules(arg) {
				add(pattern)
			}
		case strings.HasSuffix(arg, ".go"):
			c.file(arg, add)
		default:
			if pkg, name, ok := splitID(arg); ok && !c.exists(arg) {
				add(pkg, name)
				continue
			}
			if local(arg) && !c.exists(arg) {
				lost = append(lost, missing{arg, "no such directory"})
				continue
			}
			if local(arg) || filepath.IsAbs(arg) || c.isDir(arg) && !c.isStandard(arg) {
				arg = c.pattern(arg)
			}
			if c.NoRecurse {
				add(arg)
				continue
			}
			for _, pattern := range c.inModules(strings.TrimSuffix(arg, "/") + "/...") {
				add(pattern)
			}
		}
	}
	if len(all.patterns) > 0 {
		targets = append(targets, all)
	}
	for _, pattern := range order {
		if !slices.Contains(all.patterns, pattern) { // all of it runs anyway
			targets = append(targets, target{[]string{pattern}, some[pattern]})
		}
	}
	return targets, lost
}

// reserved are the names by which the go command means many packages.
var reserved = []string{"all", "work", "std", "cmd", "tool"}

// inModules returns what stands for the pattern. Of a folder that has several modules of a workspace below it, which the go command takes for a mistake, that is each of them.
func (c Config) inModules(pattern string) []string {
	dir, tree := strings.CutSuffix(pattern, "/...")
	if !tree || !local(dir) {
		return []string{pattern}
	}
	within, below := findModules(c.Dir).around(c.path(dir))
	var patterns []string
	if within || len(below) == 0 {
		patterns = append(patterns, pattern)
	}
	for _, m := range below {
		patterns = append(patterns, c.pattern(m)+"/...")
	}
	return patterns
}

func local(arg string) bool {
	return arg == "." || arg == ".." || strings.HasPrefix(arg, "./") || strings.HasPrefix(arg, "../") || filepath.IsAbs(arg)
}

func (c Config) path(arg string) string {
	if filepath.IsAbs(arg) {
		return arg
	}
	return filepath.Join(c.Dir, arg)
}

func (c Config) exists(arg string) bool {
	_, err := os.Stat(c.path(arg))
	return err == nil
}

func (c Config) isDir(arg string) bool {
	info, err := os.Stat(c.path(arg))
	return err == nil && info.IsDir()
}

// isStandard reports whether a name without a dot in it is a package of the standard library, which the go command means by it.
func (c Config) isStandard(arg string) bool {
	info, err := os.Stat(filepath.Join(build.Default.GOROOT, "src", arg))
	return err == nil && info.IsDir()
}

// pattern returns what the go command calls a folder: its path from Dir, or an absolute one if there is none.
func (c Config) pattern(dir string) string {
	rel, err := filepath.Rel(c.Dir, c.path(dir))
	switch rel = filepath.ToSlash(rel); {
	case err != nil:
		return c.path(dir)
	case rel == "." || strings.HasPrefix(rel, ".."):
		return rel
	default:
		return "./" + rel
	}
}

// splitID splits "example.com/pkg.TestA/sub", as result.ID.String writes it.
func splitID(s string) (pkg, name string, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] != '.' || i == 0 || s[i-1] == '/' {
			continue
		}
		top, _, _ := strings.Cut(s[i+1:], "/")
		for _, prefix := range []string{"Test", "Fuzz", "Example", "Benchmark"} {
			rest, ok := strings.CutPrefix(top, prefix)
			if r, _ := utf8.DecodeRuneInString(rest); ok && !strings.Contains(top, ".") && (rest == "" || !unicode.IsLower(r)) {
				return s[:i], s[i+1:], true
			}
		}
	}
	return "", "", false
}

// hint is the comment of a file that names the tests of what is in it, as Twisted's "test-case-name:".
var hint = regexp.MustCompile(`^//\s*trial:\s*test=(\S+)\s*$`)

const hintLines = 10

// file adds what a Go file stands for: a test file its tests, another one those that its hint names, or those of its package.
func (c Config) file(arg string, add func(pattern string, names ...string)) {
	path := c.path(arg)
	text, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintf(c.Warnings, "trial: %s: %v: it is left out\n", arg, err)
		return
	}
	pattern := c.pattern(filepath.Dir(path))
	if strings.HasSuffix(arg, "_test.go") {
		var names []string
		for _, f := range golist.Tests([]string{path}) {
			names = append(names, f.Name)
		}
		if len(names) == 0 {
			add(pattern) // it does not parse, or has no tests: let the go command say so
			return
		}
		add(pattern, names...)
		return
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		if n++; n > hintLines {
			break
		}
		m := hint.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		for _, named := range strings.Split(m[1], ",") {
			if local(named) {
				named = c.pattern(filepath.Join(filepath.Dir(path), named))
			}
			switch {
			case strings.HasSuffix(named, "_test.go"):
				c.file(named, add)
			default:
				if pkg, name, ok := splitID(named); ok {
					add(pkg, name)
				} else {
					add(named)
				}
			}
		}
		return
	}
	add(pattern)
}

// nameRegexp matches the tests of these names for go test -run.
func nameRegexp(names []string) string {
	var alternatives []string
	for _, name := range names {
		var parts []string
		for _, part := range strings.Split(name, "/") {
			parts = append(parts, "^"+regexp.QuoteMeta(part)+"$")
		}
		alternatives = append(alternatives, strings.Join(parts, "/"))
	}
	return strings.Join(alternatives, "|")
}
