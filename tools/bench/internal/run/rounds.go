// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package run

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"github.com/torsion-go/torsion/tools/bench/internal/load"
	"github.com/torsion-go/torsion/tools/bench/internal/report"
	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

// A Plan is which engines are measured under which loads, and how.
type Plan struct {
	Workloads  []Workload
	Engines    []string
	Rounds     int
	Time       time.Duration
	Warmup     time.Duration
	Loops      int
	PerMessage bool
	Place      Placement
	Profiles   string    // a folder for the CPU profiles of what is measured and written in Go; "" means none
	Progress   io.Writer // gets what is under way and the time left
}

// overhead is what starting a server, connecting and stopping take, beside warm-up and measurement; connecting takes more by opening.
const (
	overhead = 120 * time.Millisecond
	opening  = 60 * time.Microsecond
)

// engines returns the engines of the plan that can do a workload here.
func (p Plan) engines(w Workload) []string {
	var all []string
	for _, name := range p.Engines {
		if w.can(name) {
			all = append(all, name)
		}
	}
	return all
}

// Check finds out whether the plan can be carried out, before it begins.
func (p Plan) Check() error {
	files, err := OpenFiles()
	if err != nil {
		return err
	}
	for _, name := range p.Engines {
		e, ok := server.Find(name)
		if !ok {
			return fmt.Errorf("no engine is named %q; \"bench list\" shows all", name)
		}
		if why := e.Why(); why != "" && len(p.Engines) == 1 {
			return fmt.Errorf("%s: %s", name, why)
		}
	}
	for _, w := range p.Workloads {
		if err := needFiles(w.Name, w.Conns, files); err != nil {
			return err
		}
	}
	return nil
}

// Estimate is how long the plan takes, about.
func (p Plan) Estimate() time.Duration {
	var all time.Duration
	for _, w := range p.Workloads {
		all += time.Duration(p.Rounds*len(p.engines(w))) * p.estimate(w)
	}
	return all
}

func (p Plan) estimate(w Workload) time.Duration {
	each := p.Warmup + p.Time + overhead
	n := time.Duration(w.Conns)
	if w.work == server.TLS && w.family.name != "tls-handshake" {
		return each + n*1200*time.Microsecond // a handshake each
	}
	return each + n*opening
}

// Run carries out the plan. In every second round the engines take their turns backwards, so that a machine whose speed drifts treats them alike. What goes
// wrong with one engine is kept in the results, and the others go on. Run returns what it has when ctx ends.
func (p Plan) Run(ctx context.Context) []report.Workload {
	bar := newProgress(p.Progress, p.Estimate())
	defer bar.end()
	var all []report.Workload
	for _, w := range p.Workloads {
		names := p.engines(w)
		res := report.Workload{Name: w.Name, Title: w.Title, Unit: w.Unit, Client: w.asks != ""}
		for _, name := range names {
			res.Engines = append(res.Engines, report.Engine{Name: name})
		}
		for round := range p.Rounds {
			for k := range names {
				if round%2 == 1 {
					k = len(names) - 1 - k
				}
				if ctx.Err() != nil {
					return append(all, res)
				}
				e := &res.Engines[k]
				bar.step(fmt.Sprintf("%s, round %d of %d: %s", w.Name, round+1, p.Rounds, e.Name), p.estimate(w))
				if e.Failed != "" {
					continue
				}
				s, err := p.sample(w, e.Name)
				if err != nil {
					e.Failed = err.Error()
					continue
				}
				e.Samples = append(e.Samples, s)
			}
		}
		all = append(all, res)
	}
	return all
}

// clientSource is the first of the addresses that the clients come from: a single one would run out of ports.
var clientSource = netip.AddrFrom4([4]byte{127, 0, 0, 100})

func (p Plan) sample(w Workload, engine string) (report.Sample, error) {
	if w.asks != "" {
		return p.measureClient(w, engine)
	}
	return p.measure(w, engine)
}

// profile is the file for the profile of an engine under a workload: that of the last round stays.
func (p Plan) profile(w Workload, engine string) string {
	if p.Profiles == "" {
		return ""
	}
	return filepath.Join(p.Profiles, strings.ReplaceAll(w.Name+"-"+engine, "/", "-")+".pprof")
}

// measure starts an engine, loads it, and returns what was seen.
func (p Plan) measure(w Workload, engine string) (s report.Sample, err error) {
	spec := w.Spec(engine, p.Loops, p.PerMessage)
	spec.Profile = p.profile(w, engine)
	proc, err := serve(spec, p.Place)
	if err != nil {
		return s, err
	}
	defer proc.stop()
	cfg := load.Config{Addr: proc.Addr, ServerCPU: proc.cpu, Warmup: p.Warmup, Length: p.Time, Spin: p.Place.Pinned, Source: clientSource}
	res, err := w.load(w.Conns).Run(cfg)
	if err != nil {
		return s, fmt.Errorf("%w%s", err, proc.said)
	}
	_, peak, err := proc.memory()
	if err != nil {
		return s, err
	}
	return report.Sample{
		Rate:       float64(res.Ops) / res.Took.Seconds(),
		CPU:        float64(res.ServerCPU) / float64(res.Ops),
		P50:        float64(res.Latency.Quantile(0.5)),
		P99:        float64(res.Latency.Quantile(0.99)),
		P999:       float64(res.Latency.Quantile(0.999)),
		PeakRSS:    peak,
		Verified:   res.Ops,
		Bytes:      res.Bytes,
		Lost:       res.Lost,
		ServerBusy: float64(res.ServerCPU) / float64(res.Took) / float64(max(p.Loops, 1)),
		ClientBusy: res.ClientBusy,
	}, nil
}
