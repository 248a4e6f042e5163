// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// someTargets are the systems that a change has to build for before it is shown to anybody: one of each kind.
var someTargets = []string{"darwin/arm64", "windows/amd64", "freebsd/amd64", "linux/arm64", "linux/386"}

// allTargets are the systems that everything has to build for.
var allTargets = []string{
	"darwin/amd64", "darwin/arm64",
	"freebsd/amd64", "freebsd/arm64",
	"linux/386", "linux/arm64",
	"netbsd/amd64", "netbsd/arm64",
	"openbsd/amd64", "openbsd/arm64",
	"windows/amd64", "windows/arm64",
}

func (c *checker) cross(out io.Writer) error { return c.crossBuild(out, someTargets) }

func (c *checker) crossAll(out io.Writer) error {
	if len(c.targets) > 0 {
		return c.crossBuild(out, c.targets)
	}
	return c.crossBuild(out, allTargets)
}

// crossBuild vets the modules for each of the targets.
func (c *checker) crossBuild(out io.Writer, targets []string) error {
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
		slots  = make(chan struct{}, max(1, runtime.NumCPU()/2)) // each build uses several cores by itself
	)
	for _, target := range targets {
		goos, goarch, _ := strings.Cut(target, "/")
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			// vet compiles the tests too, which build does not.
			cmd := c.command("go", append([]string{"vet"}, patterns...)...)
			cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
			text, err := cmd.CombinedOutput()
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, target)
				fmt.Fprintf(out, "%s: %v\n%s", target, err, text)
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
