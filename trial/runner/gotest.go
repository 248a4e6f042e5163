// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/trial/internal/golist"
	"github.com/torsion-go/torsion/trial/internal/proc"
	"github.com/torsion-go/torsion/trial/internal/testjson"
)

func isPattern(s string) bool { return strings.Contains(s, "...") || local(s) }

// goTests runs go test for each target, one after the other: usually there is one. The flags come after those of the configuration.
func (r *run) goTests(targets []target, flags []string) {
	for _, t := range targets {
		if r.over() {
			return
		}
		r.goTest(t, flags)
	}
}

// goTest runs go test -json once.
func (r *run) goTest(t target, flags []string) {
	args := append([]string{"go", "test", "-json"}, r.cfg.buildFlags()...)
	args = append(args, r.cfg.testFlags("-")...)
	if r.cfg.Fuzz != "" {
		args = append(args, "-fuzz="+r.cfg.Fuzz)
		if r.cfg.FuzzTime != "" {
			args = append(args, "-fuzztime="+r.cfg.FuzzTime)
		}
	}
	if r.cfg.Shuffle {
		args = append(args, "-shuffle="+strconv.FormatInt(r.cfg.Seed, 10))
	}
	if (r.cfg.UntilFailure || r.cfg.Passes > 1) && r.cfg.Count == 0 {
		args = append(args, "-count=1") // a result of the cache proves nothing
	}
	if r.cfg.Coverage {
		if err := os.MkdirAll(r.temp.path("coverage"), 0o777); err != nil {
			r.c.Problem("trial", err.Error())
			return
		}
		args = append(args, "-cover", "-coverprofile="+r.profileFile())
	}
	switch {
	case len(t.names) > 0:
		args = append(args, "-run="+nameRegexp(t.names))
	case r.cfg.Run != "":
		args = append(args, "-run="+r.cfg.Run)
	}
	args = append(append(args, flags...), t.patterns...)
	if len(r.cfg.TestArgs) > 0 {
		args = append(append(args, "-args"), r.cfg.TestArgs...)
	}

	before := r.c.Packages()
	parser := testjson.NewParser(testjson.Limits{})
	drain := func() {
		for ev := range parser.Events() {
			r.c.Event(ev)
		}
	}
	var errs tail
	err := r.group.Run(context.Background(), proc.Cmd{
		Args: args, Dir: r.cfg.Dir, Env: r.environment(),
		Stdout: &writer{func(b []byte) {
			parser.Feed(b)
			drain()
		}},
		Stderr:  &errs,
		Started: func(pid int) { r.leader.Store(int64(pid)) },
	})
	r.leader.Store(0)
	parser.Close()
	drain()
	reason := ""
	if err != nil && !r.over() {
		reason = "go test was ended: " + proc.Failure(err)
	}
	r.c.End(reason)
	r.said(t, errs.String(), before, err)
}

// said reports what the go command said that belongs to no package: patterns that match nothing, and why it failed if no package tells.
func (r *run) said(t target, errs string, before int, err error) {
	if r.over() {
		return
	}
	var rest []string
	for line := range strings.Lines(errs) {
		text := strings.TrimSpace(line)
		if pattern, ok := golist.Unmatched(line); ok {
			before := len(r.lost)
			r.unmatched(pattern)
			for _, m := range r.lost[before:] {
				r.c.Problem(m.name, m.why)
			}
			r.lost = r.lost[:before] // they are reported
			continue
		}
		if strings.HasPrefix(text, "go: downloading ") || text == "no packages to test" || text == "" {
			continue
		}
		rest = append(rest, text)
	}
	if raw := strings.TrimSpace(r.c.RawText()); raw != "" {
		rest = append(rest, raw)
	}
	text := strings.Join(rest, "\n")
	switch {
	case err == nil || r.c.Bad():
	case r.c.Packages() > before, text == "":
		if text == "" && strings.Contains(errs, "no packages to test") {
			return
		}
		r.c.Problem("go test", "go test failed, though no package did: "+proc.Failure(err)+"\n"+text)
	default:
		r.c.Problem(strings.Join(t.patterns, " "), text)
	}
}

// profileFile returns a new file for a coverage profile.
func (r *run) profileFile() string {
	r.jobs++
	return filepath.Join(r.temp.path("coverage"), "part-"+strconv.Itoa(r.jobs)+".out")
}

// A writer calls a function. As a pointer it can be compared, so that os/exec knows when output and errors are the same pipe.
type writer struct{ f func(b []byte) }

func (w *writer) Write(b []byte) (int, error) {
	w.f(b)
	return len(b), nil
}

// A tail keeps the end of what is written to it.
type tail struct{ b []byte }

const tailSize = 64 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.b = append(t.b, b...)
	if len(t.b) > 2*tailSize {
		t.b = slices.Clone(t.b[len(t.b)-tailSize:])
	}
	return len(b), nil
}

func (t *tail) String() string { return string(t.b[max(0, len(t.b)-tailSize):]) }
