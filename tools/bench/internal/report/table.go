// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package report

import (
	"fmt"
	"strings"
)

// A table is what every form of the report writes in its own way. The first column is text, the others are numbers.
type table struct {
	title string
	head  []string
	rows  [][]string
	notes []string
}

// tables are all of the report, in order.
func (r *Report) tables() []table {
	var all []table
	for _, w := range r.Workloads {
		all = append(all, w.table())
	}
	if len(r.Micro) > 0 {
		all = append(all, r.micro())
	}
	if len(r.Idle) > 0 {
		all = append(all, r.idle())
	}
	if t := r.broadcast(); len(t.rows) > 0 {
		all = append(all, t)
	}
	return all
}

// table compares with the engine that comes first.
func (w Workload) table() table {
	t := table{title: w.Title + " (" + w.Name + ")"}
	if len(w.Engines) == 0 {
		t.notes = []string{"no engine that was chosen can do this here"}
		return t
	}
	base := w.Engines[0]
	t.head = []string{"engine", w.Unit + "s/s", "low–high", w.measured() + " CPU/" + w.Unit, "low–high", "p50", "p99", "p99.9", "peak RSS", "server busy", "client busy",
		"rate vs " + base.Name, "CPU vs " + base.Name}
	compare := func(e Engine, a, b float64) string {
		if e.Name == base.Name {
			return "1"
		}
		return ratio(Ratio(a, b))
	}
	limited := false
	latency := func(v float64) string {
		if w.Client { // each of them would have to take the times
			return "–"
		}
		return nanos(v)
	}
	for _, e := range w.Engines {
		if e.Failed != "" {
			t.notes = append(t.notes, "failed: "+e.Name+": "+oneLine(e.Failed))
		}
		if len(e.Samples) == 0 {
			continue
		}
		busy, client := percent(e.ServerBusy()), percent(e.ClientBusy())
		switch {
		case w.Client && w.limited(&e):
			client, limited = client+" *", true
		case w.limited(&e):
			busy, limited = busy+" *", true
		}
		if n := e.Lost(); n > 0 {
			t.notes = append(t.notes, fmt.Sprintf("%s: %d datagrams were lost and sent again", e.Name, n))
		}
		t.rows = append(t.rows, []string{
			e.Name, count(e.Rate().Mid), spread(e.Rate(), count), nanos(e.CPU().Mid), spread(e.CPU(), nanos), latency(e.P50()), latency(e.P99()), latency(e.P999()),
			size(e.PeakRSS()), busy, client, compare(e, e.Rate().Mid, base.Rate().Mid), compare(e, e.CPU().Mid, base.CPU().Mid),
		})
	}
	if limited {
		t.notes = append(t.notes, "* the "+w.measured()+" had time left: the "+w.opposite()+", the wait between the two, or another process set the rate, so compare CPU, not rate")
	}
	return t
}

// measured is what the table is about; opposite is what it talks to.
func (w Workload) measured() string {
	if w.Client {
		return "client"
	}
	return "server"
}

func (w Workload) opposite() string {
	if w.Client {
		return "server"
	}
	return "client"
}

// limited tells whether something else than what is measured set the rate.
func (w Workload) limited(e *Engine) bool {
	if w.Client {
		return len(e.Samples) > 0 && e.ClientBusy() < busyEnough
	}
	return e.ClientLimited()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (r *Report) micro() table {
	t := table{title: "In one process", head: []string{"benchmark", "ns/op", "low–high", "B/op", "allocs/op"}}
	for _, m := range r.Micro {
		v := rangeOf(m.NsOp)
		t.rows = append(t.rows, []string{m.Title, digits(v.Mid), spread(v, digits), fmt.Sprint(m.Bytes), fmt.Sprint(m.Allocs)})
	}
	return t
}

func (r *Report) idle() table {
	t := table{title: "Idle connections", head: []string{"engine", "kind", "connections", "RSS", "RSS each", "heap each", "goroutines", "slope", "1,000,000 on paper",
		"rate at 1 % active", "p50", "p99"}}
	for _, i := range r.Idle {
		if i.Failed != "" {
			t.notes = append(t.notes, "failed: "+i.Engine+" "+i.Kind+": "+oneLine(i.Failed))
		}
		for k, s := range i.Steps {
			row := []string{i.Engine, i.Kind, fmt.Sprint(s.Conns), size(float64(s.RSS)), "", "", "", "", "", "", "", ""}
			if s.Goroutines > 0 {
				row[6] = fmt.Sprint(s.Goroutines)
			}
			if k > 0 {
				row[4] = size(i.Each(k, func(s IdleStep) int64 { return s.RSS }))
			}
			if k > 0 && s.Heap > 0 {
				row[5] = size(i.Each(k, func(s IdleStep) int64 { return s.Heap }))
			}
			if k > 0 && k == len(i.Steps)-1 {
				row[7], row[8] = size(i.Slope())+" each", size(i.Million())
				if a := i.Active; a != nil {
					row[9], row[10], row[11] = count(a.Rate), nanos(a.P50), nanos(a.P99)
				}
			}
			t.rows = append(t.rows, row)
		}
	}
	t.notes = append(t.notes, "RSS each: beyond the empty server, which has had one connection; the kernel's memory for sockets is not in it",
		"slope: of the line through all steps by least squares; 1,000,000 on paper: the empty server and a million times the slope")
	return t
}

// broadcast compares with the engine that comes first.
func (r *Report) broadcast() table {
	t := table{title: "A message to all connections"}
	var base *Broadcast
	for _, i := range r.Idle {
		b := i.Broadcast
		if b == nil {
			continue
		}
		took, cpu := rangeOf(b.Took), rangeOf(b.CPU)
		compared := "1"
		if base == nil {
			base = b
			t.head = []string{"engine", "connections", "bytes", "until the last has it", "low–high", "server CPU", "low–high", "server CPU/connection", "CPU vs " + i.Engine, "RSS after"}
		} else {
			compared = ratio(Ratio(cpu.Mid/float64(b.Conns), rangeOf(base.CPU).Mid/float64(base.Conns)))
		}
		t.rows = append(t.rows, []string{
			i.Engine, fmt.Sprint(b.Conns), fmt.Sprint(b.Size), nanos(took.Mid), spread(took, nanos), nanos(cpu.Mid), spread(cpu, nanos), nanos(cpu.Mid / float64(b.Conns)), compared, size(float64(b.RSS)),
		})
	}
	return t
}
