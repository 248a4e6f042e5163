// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"context"
	"os/exec"
	"strings"
)

// nested are the modules that are published although they lie inside of another one's folder and go.work leaves them out, and the commands that succeed where
// one can be built: it has code in C for libraries that not everybody has. Elsewhere it is packed, tidied and tagged, and told not to have been built.
var nested = map[string][][]string{
	"core/hosted": {
		{"pkg-config", "--exists", "gtk+-3.0"},
		{"pkg-config", "--exists", "Qt5Widgets"},
		{"wx-config", "--version"},
	},
}

// lacking returns the first command that fails of those that a module needs, or "" where it can be built.
func (m *Module) lacking(ctx context.Context) string {
	for _, args := range nested[m.Name] {
		if exec.CommandContext(ctx, args[0], args[1:]...).Run() != nil {
			return strings.Join(args, " ")
		}
	}
	return ""
}

// owner returns the module that a path below the repository's belongs to: "core" for "core/reactor".
func owner(path string) string {
	for name := range nested {
		if path == name || strings.HasPrefix(path, name+"/") {
			return name
		}
	}
	name, _, _ := strings.Cut(path, "/")
	return name
}
