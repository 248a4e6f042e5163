// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"os"
	"path/filepath"
	"strings"
)

// A workspace knows the folders of packages by the go.mod files around a directory, without asking the go command.
type workspace struct{ modules []module }

type module struct{ path, dir string }

// findModules reads the go.mod or go.work file that the go command would use in dir.
func findModules(dir string) workspace {
	var w workspace
	if gowork := os.Getenv("GOWORK"); gowork != "off" {
		file := gowork
		if file == "" {
			file = upward(dir, "go.work")
		}
		if file != "" {
			for _, use := range directives(file, "use") {
				if !filepath.IsAbs(use) {
					use = filepath.Join(filepath.Dir(file), use)
				}
				w.add(filepath.Join(use, "go.mod"))
			}
			return w
		}
	}
	if file := upward(dir, "go.mod"); file != "" {
		w.add(file)
	}
	return w
}

func (w *workspace) add(gomod string) {
	if names := directives(gomod, "module"); len(names) > 0 {
		w.modules = append(w.modules, module{names[0], filepath.Dir(gomod)})
	}
}

// dir returns the folder of a package, "" if no module has it.
func (w workspace) dir(pkg string) string {
	pkg = strings.TrimSuffix(pkg, "_test")
	best := ""
	length := -1
	for _, m := range w.modules {
		rest, ok := strings.CutPrefix(pkg, m.path)
		if ok && (rest == "" || rest[0] == '/') && len(m.path) > length {
			best, length = filepath.Join(m.dir, rest), len(m.path)
		}
	}
	return best
}

// around reports whether a folder is within a module, and returns the folders of those that are below it.
func (w workspace) around(dir string) (within bool, below []string) {
	for _, m := range w.modules {
		if rel, err := filepath.Rel(m.dir, dir); err == nil && filepath.IsLocal(rel) {
			within = true
		} else if rel, err := filepath.Rel(dir, m.dir); err == nil && filepath.IsLocal(rel) {
			below = append(below, m.dir)
		}
	}
	return within, below
}

// upward returns the file of that name in dir or the nearest folder above; "" if there is none.
func upward(dir, name string) string {
	for {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && !info.IsDir() {
			return file
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// directives returns the arguments of a directive, alone on a line or in a block, of a go.mod or go.work file.
func directives(file, name string) []string {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var found []string
	block := false
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "//")
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case block && fields[0] == ")":
			block = false
		case block:
			found = append(found, strings.Trim(fields[0], "\"`"))
		case fields[0] == name && len(fields) > 1 && fields[1] == "(":
			block = true
		case fields[0] == name && len(fields) > 1:
			found = append(found, strings.Trim(fields[1], "\"`"))
		}
	}
	return found
}
