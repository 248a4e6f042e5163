// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"
)

// allTargets are the systems that everything has to build for.
var allTargets = []string{
	"darwin/amd64", "darwin/arm64",
	"freebsd/amd64", "freebsd/arm64",
	"linux/386", "linux/arm64",
	"netbsd/amd64", "netbsd/arm64",
	"openbsd/amd64", "openbsd/arm64",
	"windows/amd64", "windows/arm64",
}

// cross checks the types of all packages and their tests as each system has them. It reads all sources, those of the standard library too, and compiles nothing: on a machine that
// has not done it before that takes a tenth of the time of crossAll.
func (c *checker) cross(out io.Writer) error {
	return c.everyTarget(out, allTargets, func(env, patterns []string, out io.Writer) error {
		found, err := packages.Load(&packages.Config{
			Context: c.ctx, Dir: c.root, Env: env, Tests: true,
			Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesSizes,
		}, patterns...)
		if err != nil {
			return err
		}
		said := map[string]bool{} // a file may be part of several variants of its package
		packages.Visit(found, nil, func(p *packages.Package) {
			for _, e := range p.Errors {
				if text := strings.TrimPrefix(e.Error(), c.root+"/"); !said[text] {
					said[text] = true
					fmt.Fprintln(out, text)
				}
			}
		})
		if len(said) > 0 {
			return fmt.Errorf("%d errors", len(said))
		}
		return nil
	})
}

// crossAll vets for each system, or those that were chosen, which compiles all that the packages import.
func (c *checker) crossAll(out io.Writer) error {
	targets := allTargets
	if len(c.targets) > 0 {
		targets = c.targets
	}
	return c.everyTarget(out, targets, func(env, patterns []string, out io.Writer) error {
		cmd := c.command("go", append([]string{"vet"}, patterns...)...)
		cmd.Env, cmd.Stdout, cmd.Stderr = env, out, out
		return cmd.Run()
	})
}

// everyTarget calls f for each system, two at a time: each uses several cores by itself. The output of those that fail goes to out.
func (c *checker) everyTarget(out io.Writer, targets []string, f func(env, patterns []string, out io.Writer) error) error {
	patterns, err := c.patterns()
	if err != nil {
		return err
	}
	// The peers of the benchmarks do not build everywhere.
	patterns = slices.DeleteFunc(patterns, func(p string) bool { return strings.HasPrefix(p, "./tools/bench/") })
	if len(patterns) == 0 {
		return nil
	}
	var (
		mu     sync.Mutex // guards failed and out
		failed []string
		wg     sync.WaitGroup
		slots  = make(chan struct{}, 2)
	)
	for _, target := range targets {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			goos, goarch, _ := strings.Cut(target, "/")
			var text strings.Builder
			if err := f(append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0"), patterns, &text); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, target)
				fmt.Fprintf(out, "%s: %v\n%s", target, err, text.String())
			}
		})
	}
	wg.Wait()
	c.note = strings.Join(targets, " ")
	if len(failed) > 0 {
		c.note = ""
		slices.Sort(failed)
		return fmt.Errorf("does not build for %s", strings.Join(failed, ", "))
	}
	return nil
}
