// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package layering holds the rules of who may import whom, between the modules and between the packages of core, and checks them.
package layering

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Module is the path that all of ours begin with.
const Module = "github.com/torsion-go/torsion/"

// modules lists which siblings a module may import.
var modules = map[string][]string{
	"core":   {},
	"logger": {},
	"trial":  {"core"},
	"names":  {"core"},
	"web":    {"core"},
	"mail":   {"core"},
	"conch":  {"core"},
	"spread": {"core"},
	"tools":  {"core", "logger", "trial", "names", "web", "mail", "conch", "spread"},
}

// layers are the packages of core, lowest first. A package may import those of lower layers, and of its own layer those named before it.
var layers = [][]string{
	{"protocol"},
	{"internal/atomicfile", "internal/coro", "internal/flow", "internal/loopcheck", "internal/loglimit", "internal/logtest", "internal/tempdir", "internal/sys", "internal/memory", "internal/uring", "internal/kqueue", "internal/kqueue/kqueuetest", "internal/kqueue/libkqueue", "internal/poll", "protocoltest", "leaktest", "lockfile", "privilege", "certificate", "threadpool"},
	{"deferred"},
	{"task", "resolver"},
	{"bridge", "reactor"},
	{"internal/fdstream", "reactortest", "tlswrap", "framing", "inotify", "serialport"},
	{"endpoint/proxyproto", "endpoint", "handover"},
	{"usage", "process", "cred", "policy", "sdnotify", "dirdbm", "fspath"},
	{"service", "service/servicetest"},
	{"adbapi", "protocols", "procmon", "inetd"},
	{"app"},
	{"examples"},
}

// external is what core may import besides the standard library: nothing else, tests included.
const external = "golang.org/x/"

// A Package is one package and what it imports.
type Package struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Standard     bool
}

// Load lists all packages of the workspace at root. env is added to the environment.
func Load(ctx context.Context, root string, env ...string) ([]Package, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Standard", Module+"...")
	cmd.Dir = root
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	cmd.Env = slices.Concat(os.Environ(), env, []string{"GOWORK=" + filepath.Join(abs, "go.work")}) // also where the environment turns workspaces off
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, errs.String())
	}
	var all []Package
	dec := json.NewDecoder(&out)
	for {
		var p Package
		if err := dec.Decode(&p); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, p)
	}
}

// Check returns a sentence for each import that points the wrong way.
func Check(all []Package) []string {
	var wrong []string
	for _, p := range all {
		path := strings.TrimPrefix(p.ImportPath, Module)
		for _, to := range p.Imports {
			if why := forbidden(path, to); why != "" {
				wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", path, strings.TrimPrefix(to, Module), why))
			}
		}
		for _, to := range slices.Concat(p.TestImports, p.XTestImports) {
			if why := forbiddenInTest(path, to); why != "" {
				wrong = append(wrong, fmt.Sprintf("a test of %s imports %s: %s", path, strings.TrimPrefix(to, Module), why))
			}
		}
	}
	return wrong
}

func forbidden(from, to string) string {
	if why := forbiddenInTest(from, to); why != "" {
		return why
	}
	fromPkg, inCore := strings.CutPrefix(from, "core/")
	toPkg, toCore := strings.CutPrefix(to, Module+"core/")
	if !inCore || !toCore {
		return ""
	}
	fromLayer, fromPos, ok := place(fromPkg)
	if !ok {
		return "core/" + fromPkg + " has no layer: give it one in tools/internal/layering"
	}
	toLayer, toPos, ok := place(toPkg)
	if !ok {
		return "core/" + toPkg + " has no layer: give it one in tools/internal/layering"
	}
	if toLayer > fromLayer || toLayer == fromLayer && toPos > fromPos {
		return "it is in a higher layer"
	}
	return ""
}

// forbiddenInTest checks what holds for tests too: the modules, and what core may import.
func forbiddenInTest(from, to string) string {
	fromMod, _, _ := strings.Cut(from, "/")
	sibling, ours := strings.CutPrefix(to, Module)
	if !ours {
		first, _, _ := strings.Cut(to, "/")
		if fromMod == "core" && strings.Contains(first, ".") && !strings.HasPrefix(to, external) {
			return "core imports the standard library and golang.org/x only"
		}
		return ""
	}
	toMod, _, _ := strings.Cut(sibling, "/")
	if toMod == fromMod {
		return ""
	}
	if !slices.Contains(modules[fromMod], toMod) {
		return "module " + fromMod + " may not import module " + toMod
	}
	if strings.Contains("/"+sibling+"/", "/internal/") {
		return "it is internal to module " + toMod
	}
	return ""
}

// place finds a package's layer and its position there; a package below a named one belongs to it.
func place(pkg string) (layer, pos int, ok bool) {
	best := -1
	for i, names := range layers {
		for j, name := range names {
			if (pkg == name || strings.HasPrefix(pkg, name+"/")) && len(name) > best {
				layer, pos, best, ok = i, j, len(name), true
			}
		}
	}
	return layer, pos, ok
}
