// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/trial/internal/marker"
)

// listFlags are flags of go list.
func (c Config) listFlags() []string {
	flags := append([]string(nil), c.GoFlags...)
	if len(c.Tags) > 0 {
		flags = append(flags, "-tags="+strings.Join(c.Tags, ","))
	}
	return flags
}

// buildFlags are flags of go test that change what is built.
func (c Config) buildFlags() []string {
	flags := c.listFlags()
	if c.Race {
		flags = append(flags, "-race")
	}
	if c.Packages > 0 {
		flags = append(flags, "-p="+strconv.Itoa(c.Packages))
	}
	if c.Coverage && len(c.CoverPkg) > 0 {
		flags = append(flags, "-coverpkg="+strings.Join(c.CoverPkg, ","))
	}
	return flags
}

// testFlags are those of tests, for go test with the prefix "-", for a binary with "-test.".
func (c Config) testFlags(prefix string) []string {
	var flags []string
	add := func(name, value string) { flags = append(flags, prefix+name+"="+value) }
	if c.Short {
		add("short", "true")
	}
	if c.Count > 0 {
		add("count", strconv.Itoa(c.Count))
	}
	if c.Timeout != 10*time.Minute || prefix != "-" {
		add("timeout", max(c.Timeout, 0).String())
	}
	if c.Parallel > 0 {
		add("parallel", strconv.Itoa(c.Parallel))
	}
	if c.CPU != "" {
		add("cpu", c.CPU)
	}
	if c.Skip != "" {
		add("skip", c.Skip)
	}
	if c.Bench != "" {
		add("bench", c.Bench)
	}
	if c.ExitFirst {
		add("failfast", "true")
	}
	return flags
}

// environment is what the tests are told beside their flags.
func (r *run) environment() []string {
	c := r.cfg
	env := append([]string(nil), c.Env...)
	add := func(on bool, name, value string) {
		if on {
			env = append(env, name+"="+value)
		}
	}
	add(true, marker.Active, "1")
	add(!r.temp.private, marker.Temp, r.temp.dir) // else each test has its own, so that results can be cached
	add(r.log.events != "", marker.Log, r.log.events)
	add(c.UncleanWarnings, marker.UncleanWarning, "1")
	add(c.TestTimeout > 0, marker.Timeout, c.TestTimeout.String())
	add(c.DeferredStacks, marker.Stacks, "1")
	add(c.StrictTodo, marker.Strict, "1")
	add(c.ForceGC, marker.ForceGC, "1")
	add(c.DisableGC, "GOGC", "off")
	add(r.reactor != "", "TORSION_REACTOR", r.reactor)
	return env
}
