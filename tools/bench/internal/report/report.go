// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package report holds what the benchmarks measured, and writes it as text, Markdown, HTML and JSON.
package report

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Format is the version of the JSON form.
const Format = 1

// A Report is the outcome of one run.
type Report struct {
	Format    int
	Made      time.Time
	Title     string
	Machine   Machine
	Settings  Settings
	Workloads []Workload
	Micro     []Micro
	Idle      []Idle
}

// A Machine is what everything ran on.
type Machine struct {
	CPU    string // model
	CPUs   int
	Kernel string
	Go     string
}

// Settings are how it was measured.
type Settings struct {
	Rounds int
	Time   time.Duration // of a measurement
	Warmup time.Duration // before it
	Loops  int           // event loops or threads of a server
	Pinned bool          // the server to one CPU, the client to another
}

// A Workload is a table: what several engines did under one load.
type Workload struct {
	Name    string
	Title   string
	Unit    string // what an operation is
	Client  bool   `json:",omitempty"` // clients are measured, not servers: Sample.CPU and PeakRSS are theirs
	Engines []Engine
}

// An Engine is a row: one sample of each round.
type Engine struct {
	Name    string
	Samples []Sample
	Failed  string // why there are no more; "" when nothing went wrong
}

// A Sample is one measurement. Times are in nanoseconds.
type Sample struct {
	Rate       float64 // operations a second
	CPU        float64 // CPU time of the server, or client, for an operation
	P50        float64
	P99        float64
	P999       float64
	PeakRSS    int64   // bytes
	Verified   int64   // operations whose every byte was compared
	Bytes      int64   // bytes of them
	Lost       int64   // datagrams that had to be sent again
	ServerBusy float64 // CPU time of the server divided by the interval and its loops
	ClientBusy float64
}

// A Micro is a benchmark inside one process.
type Micro struct {
	Name   string
	Title  string
	NsOp   []float64 // of each round
	Allocs int64     // for an operation
	Bytes  int64     // allocated for an operation
}

// Idle is what idle connections cost one engine.
type Idle struct {
	Engine string
	Kind   string // plain, tls12, tls13 or ws
	Steps  []IdleStep
	Active *Active // echo on a few of the connections, at the last step
	Failed string
	// Broadcast is messages to all connections, at the last step.
	Broadcast *Broadcast `json:",omitempty"`
}

// Broadcast is what one message to all connections costs: a figure of each round, in nanoseconds.
type Broadcast struct {
	Conns int
	Size  int       // bytes
	Took  []float64 // from when one connection sent it to when the last one had it
	CPU   []float64 // CPU time of the server
	RSS   int64     // resident memory of the server after the last of them, in bytes
}

// An IdleStep is a server with so many connections.
type IdleStep struct {
	Conns      int
	RSS        int64 // bytes
	Heap       int64 // bytes in use after a collection; 0 where the server does not tell
	Goroutines int   // 0 where the server does not tell
}

// Active is echo on some connections among many that are idle.
type Active struct {
	Conns, Idle    int
	Rate           float64
	P50, P99, P999 float64 // nanoseconds
	Verified       int64
}

// Load reads what Save wrote.
func Load(file string) (*Report, error) {
	p, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := new(Report)
	if err := json.Unmarshal(p, r); err != nil {
		return nil, fmt.Errorf("%s holds no results: %w", file, err)
	}
	if r.Format != Format {
		return nil, fmt.Errorf("%s holds no results of format %d", file, Format)
	}
	return r, nil
}

// Save writes the results as JSON.
func (r *Report) Save(file string) error {
	p, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(p, '\n'), 0o666)
}

// Failures tells what went wrong.
func (r *Report) Failures() []string {
	var all []string
	for _, w := range r.Workloads {
		for _, e := range w.Engines {
			if e.Failed != "" {
				all = append(all, fmt.Sprintf("%s: %s: %s", w.Name, e.Name, e.Failed))
			}
		}
	}
	for _, i := range r.Idle {
		if i.Failed != "" {
			all = append(all, fmt.Sprintf("idle %s: %s: %s", i.Kind, i.Engine, i.Failed))
		}
	}
	return all
}
