// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package docs holds the Markdown files of the repository to the code: the Go names in them exist, relative links lead to files, and blocks of Go are Go.
// A block that begins with the path of a file in a comment is part of that file.
//
// A Go name is "package.Name" or "package.Type.Member" within backquotes, or in a block of Go, whose package is one of ours. A package of somebody else's with
// the same name is written with its path ("net/mail.Address"). In a table whose first column is headed "Twisted" that column is Python, and is not looked at.
package docs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Root returns the folder of go.work at or above dir.
func Root(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("docs: no go.work here or above")
		}
		dir = parent
	}
}

// Check returns a sentence for each thing in the Markdown files below root that is wrong.
func Check(root string) ([]string, error) {
	names, err := indexNames(root)
	if err != nil {
		return nil, err
	}
	var wrong []string
	err = walk(root, ".md", func(path string) error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		d := parseMarkdown(string(text))
		complain := func(line int, format string, args ...any) {
			wrong = append(wrong, fmt.Sprintf("%s:%d: %s", filepath.ToSlash(rel), line, fmt.Sprintf(format, args...)))
		}
		for _, s := range d.spans {
			for _, name := range namesIn(s.text) {
				if !names.has(name) {
					complain(s.line, "there is no %s", name)
				}
			}
		}
		for _, l := range d.links {
			if !leads(root, path, l.text) {
				complain(l.line, "the link to %q leads nowhere", l.text)
			}
		}
		for _, b := range d.blocks {
			if file, ok := misquoted(root, b.text); ok {
				complain(b.line, "this block is not part of %s", file)
			}
			used, err := parseBlock(b.text)
			if err != nil {
				complain(b.line, "this block does not parse: %v", err)
			}
			for _, name := range used {
				if !names.has(name) {
					complain(b.line, "in this block: there is no %s", name)
				}
			}
		}
		return nil
	})
	return wrong, err
}

// misquoted reports whether a block that begins with the comment of a file's path, "// core/x/y.go", says something that does not stand in that file.
func misquoted(root, block string) (file string, wrong bool) {
	first, rest, _ := strings.Cut(block, "\n")
	file, ok := strings.CutPrefix(first, "// ")
	if !ok || !strings.HasSuffix(file, ".go") || strings.Contains(file, " ") {
		return "", false
	}
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	return file, err != nil || !strings.Contains(string(text), strings.TrimRight(rest, "\n"))
}

// goName matches a package and one or two exported names that follow it. The group leaves out what stands before.
var goName = regexp.MustCompile(`(?:^|[^\w./])([a-z][a-z0-9]*(?:\.[A-Z]\w*){1,2})`)

func namesIn(code string) []string {
	var names []string
	for _, m := range goName.FindAllStringSubmatch(code, -1) {
		names = append(names, m[1])
	}
	return names
}

// leads reports whether a link in the file from leads to something that is there. Links to elsewhere, and within the file, are not looked at.
func leads(root, from, link string) bool {
	link, _, _ = strings.Cut(link, "#")
	if link == "" || strings.Contains(link, ":") {
		return true
	}
	base := filepath.Dir(from)
	if strings.HasPrefix(link, "/") {
		base = root
	}
	target := filepath.Join(base, filepath.FromSlash(link))
	inside, err := filepath.Rel(root, target)
	if err != nil || !filepath.IsLocal(inside) {
		return false
	}
	_, err = os.Stat(target)
	return err == nil
}

// walk calls f for each file below root with the extension. What is hidden, and test data, is left out; .github is not hidden.
func walk(root, ext string, f func(path string) error) error {
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := e.Name()
		if e.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") && name != ".github" || strings.HasPrefix(name, "_") || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ext {
			return nil
		}
		return f(path)
	})
}
