// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// hostedDir is the module of the packages that need a GUI toolkit. It has a workspace of its own.
const hostedDir = "core/hosted"

// A toolkit is what a package of hostedDir needs, with the example of its name.
type toolkit struct {
	name  string   // of the package
	there []string // a command that succeeds where it can be built
	pkg   string   // of Debian
}

var toolkits = []toolkit{
	{"gtk", []string{"pkg-config", "--exists", "gtk+-3.0"}, "libgtk-3-dev"},
	{"qt", []string{"pkg-config", "--exists", "Qt5Widgets"}, "qtbase5-dev"},
	{"wx", []string{"wx-config", "--version=3.2"}, "libwxgtk3.2-dev"},
}

// hosted vets and tests hostedDir: as much of it as the toolkits that are installed allow.
func (c *checker) hosted(out io.Writer) error {
	inside := &checker{options: c.options, ctx: c.ctx, root: filepath.Join(c.root, hostedDir)}
	inside.env = append(os.Environ(), "GOWORK="+filepath.Join(inside.root, "go.work"))
	patterns, missing := inside.hostedPatterns()
	c.counts.skipped += len(missing)
	var linter bytes.Buffer // only the main workspace knows it
	err := c.runTo(&linter, "go", "tool", "-n", "staticcheck")
	if err == nil {
		err = errors.Join(
			inside.runTo(out, "go", append([]string{"vet"}, patterns...)...),
			inside.runTo(out, strings.TrimSpace(linter.String()), patterns...))
	}
	if err != nil {
		return err
	}
	n, err := inside.goTest(out, append([]string{"-race", "-count=1", "-timeout=15m"}, patterns...)...)
	c.counts.passed += n.passed
	c.counts.failed += n.failed
	c.counts.skipped += n.skipped
	c.note = inside.note
	if err == nil && n.passed == 0 {
		err = errors.New("no test ran")
	}
	if c.note != "" {
		c.note += strings.Join(append([]string{""}, missing...), "\n     ")
	}
	return err
}

// hostedPatterns returns the patterns of the packages that can be built here, and what is missing for the others.
func (c *checker) hostedPatterns() (patterns, missing []string) {
	patterns = []string{"./internal/..."}
	for _, k := range toolkits {
		if err := c.runTo(io.Discard, k.there[0], k.there[1:]...); err != nil {
			missing = append(missing, fmt.Sprintf("%s is missing (Debian: apt-get install %s): skips package %s", k.name, k.pkg, k.name))
			continue
		}
		patterns = append(patterns, "./"+k.name+"/...", "./examples/"+k.name+"ticker")
	}
	return patterns, missing
}
