// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/tools/bench/internal/micro"
	"github.com/torsion-go/torsion/tools/bench/internal/report"
	"github.com/torsion-go/torsion/tools/bench/internal/run"
	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

// measure does what the options say and writes the report.
func (o options) measure(ctx context.Context, stdout, stderr io.Writer) error {
	place, err := o.place(stderr)
	if err != nil {
		return err
	}
	plan, err := o.plan(place, stderr)
	if err != nil {
		return err
	}
	weigh, err := o.idlePlan(place, stderr)
	if err != nil {
		return err
	}
	r := &report.Report{Format: report.Format, Made: time.Now(), Title: strings.TrimSpace("bench " + o.command), Machine: machine()}
	r.Settings = report.Settings{Rounds: plan.Rounds, Time: plan.Time, Warmup: plan.Warmup, Loops: plan.Loops, Pinned: place.Pinned}
	if err := place.PinSelf(); err != nil {
		return err
	}
	if len(plan.Workloads) > 0 {
		then := ""
		if len(weigh.Engines) > 0 {
			then = fmt.Sprintf(", then idle connections: %d engines, %s", len(weigh.Engines), strings.Join(weigh.Kinds, " "))
		}
		fmt.Fprintf(stderr, "%d workloads, %d rounds: about %v%s\n", len(plan.Workloads), plan.Rounds, plan.Estimate().Round(time.Second), then)
	}
	r.Workloads = plan.Run(ctx)
	if o.micro && ctx.Err() == nil {
		if r.Micro, err = o.measureMicro(ctx, stderr); err != nil {
			return err
		}
	}
	if len(weigh.Engines) > 0 && ctx.Err() == nil {
		r.Idle = weigh.Run(ctx)
	}
	if err := o.write(r, stdout); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("interrupted: the report holds what was measured until then")
	case len(r.Failures()) > 0:
		return errFailed
	}
	return nil
}

// place gives server and client a CPU each where that is possible and wanted.
func (o options) place(stderr io.Writer) (run.Placement, error) {
	if o.unpinned {
		return run.Placement{}, nil
	}
	cpus, err := run.CPUs()
	if err != nil {
		return run.Placement{}, err
	}
	p, err := run.Place(cpus)
	if err != nil {
		fmt.Fprintln(stderr, "bench: warning: there is one CPU only, which server and client share; compare CPU times, not rates")
	}
	return p, nil
}

func (o *options) plan(place run.Placement, stderr io.Writer) (run.Plan, error) {
	loads := slices.DeleteFunc(slices.Clone(o.workloads), func(name string) bool { return name == "micro" })
	if len(loads) < len(o.workloads) {
		o.micro = true
	}
	workloads, err := run.Select(loads, o.conns)
	if err != nil {
		return run.Plan{}, usageError{err}
	}
	if slices.Equal(o.engines, []string{"all"}) {
		o.engines = nil
		for _, e := range server.Engines() {
			o.engines = append(o.engines, e.Name)
		}
	}
	if o.command == "idle" {
		return run.Plan{Rounds: 0, Time: o.time, Loops: 1}, nil
	}
	for _, name := range o.engines {
		if e, ok := server.Find(name); ok && e.Why() != "" {
			fmt.Fprintf(stderr, "bench: warning: %s is left out: %s\n", name, e.Why())
		}
	}
	p := run.Plan{Workloads: workloads, Engines: o.engines, Rounds: o.rounds, Time: o.time, Warmup: o.time / 4, Loops: o.loops, PerMessage: o.perMessage, Place: place, Profiles: o.profiles,
		Progress: stderr}
	if err := p.Check(); err != nil {
		return p, err
	}
	return p, nil
}

// idlePlan is empty when no idle connections are to be weighed.
func (o options) idlePlan(place run.Placement, stderr io.Writer) (run.IdlePlan, error) {
	p := run.IdlePlan{Kinds: o.kinds, Engines: o.engines, Rounds: o.rounds, Time: o.time, Place: place, Profiles: o.profiles, Progress: stderr}
	switch o.command {
	case "idle":
		p.Steps = o.conns
	case "full":
		p.Engines = []string{"torsion", "torsion-uring", "net", "gnet"}
	case "table":
		p.Engines, p.Kinds, p.Steps, p.Time = []string{"torsion"}, []string{"plain", "tls13"}, []int{5000, 10000}, 0
	default:
		return run.IdlePlan{}, nil
	}
	return p, p.Check()
}

// measureMicro runs the benchmarks that need no server, in rounds.
func (o options) measureMicro(ctx context.Context, stderr io.Writer) ([]report.Micro, error) {
	var all []report.Micro
	for _, b := range micro.All() {
		all = append(all, report.Micro{Name: b.Name, Title: b.Title})
	}
	for round := range o.rounds {
		for k, b := range micro.All() {
			if ctx.Err() != nil {
				return all, nil
			}
			fmt.Fprintf(stderr, "\r\x1b[Kmicro, round %d of %d: %s", round+1, o.rounds, b.Name)
			res, err := micro.Measure(b, o.time)
			if err != nil {
				return nil, err
			}
			all[k].NsOp = append(all[k].NsOp, float64(res.T)/float64(res.N))
			all[k].Allocs, all[k].Bytes = res.AllocsPerOp(), res.AllocedBytesPerOp()
		}
	}
	fmt.Fprint(stderr, "\r\x1b[K")
	return all, nil
}

// again writes the report of an earlier run.
func (o options) again(stdout io.Writer) error {
	r, err := report.Load(o.from)
	if err != nil {
		return err
	}
	return o.write(r, stdout)
}

// write writes the report in all the forms that were asked for.
func (o options) write(r *report.Report, stdout io.Writer) error {
	if o.json != "" {
		if err := r.Save(o.json); err != nil {
			return err
		}
	}
	if o.html != "" {
		var page bytes.Buffer
		if err := r.HTML(&page); err != nil {
			return err
		}
		if err := os.WriteFile(o.html, page.Bytes(), 0o666); err != nil {
			return err
		}
	}
	switch {
	case o.command == "table":
		return r.Bars(stdout, o.markdown)
	case o.markdown:
		return r.Markdown(stdout)
	}
	return r.Text(stdout)
}

// machine tells what this is.
func machine() report.Machine {
	m := report.Machine{CPUs: runtime.NumCPU(), Go: runtime.Version()}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		m.Kernel = unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
	}
	info, _ := os.ReadFile("/proc/cpuinfo") // not every architecture tells
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			m.CPU = strings.TrimSpace(value)
			break
		}
	}
	return m
}
