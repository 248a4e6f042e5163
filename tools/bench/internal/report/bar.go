// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// A bar is how Torsion has to compare with a peer under a load: its figure divided by the peer's.
type bar struct {
	peer     string
	bar, aim float64
}

// A goal is the bars of some workloads.
type goal struct {
	workloads []string
	rate      bool // compares rates, of which more is better, instead of CPU times
	bars      []bar
}

// ours are the engines that the best of counts.
var ours = []string{"torsion", "torsion-uring"}

var goals = []goal{
	{[]string{"echo-64b/64", "echo-64b/1000", "echo-4k/64", "echo-4k/1000"}, false, []bar{{"gnet", 0.75, 0.65}, {"net", 0.80, 0.70}, {"c-uring", 1.20, 1.10}}},
	{[]string{"pipe/64", "pipe/1000"}, false, []bar{{"gnet", 0.75, 0.65}, {"net", 0.75, 0.62}, {"c-uring", 1.30, 1.10}}},
	{[]string{"udp/64"}, false, []bar{{"gnet", 0.50, 0.42}, {"net", 0.70, 0.60}, {"c-uring", 1.15, 1.00}}},
	{[]string{"churn/32"}, false, []bar{{"gnet", 1.00, 0.85}, {"net", 0.95, 0.85}, {"c-uring", 1.25, 1.10}}},
	{[]string{"http/64"}, false, []bar{{"gnet", 1.05, 0.85}, {"net/http", 0.42, 0.38}, {"fasthttp", 0.80, 0.70}, {"c-uring", 1.50, 1.25}}},
	{[]string{"http-pipe/64"}, false, []bar{{"gnet", 1.00, 0.70}, {"net/http", 0.08, 0.05}, {"fasthttp", 0.65, 0.50}, {"c-uring", 2.00, 1.50}}},
	{[]string{"http2/64", "http2-32/16"}, false, []bar{{"net/http", 0.50, 0.40}}},
	{[]string{"file-100k/64"}, false, []bar{{"nginx", 1.10, 1.00}}},
	{[]string{"tls/1000"}, false, []bar{{"net", 0.85, 0.75}}},
	{[]string{"ws-64b/64", "ws-64b/1000", "ws-4k/64", "ws-4k/1000"}, false, []bar{{"coder-ws", 0.80, 0}, {"gobwas-ws", 0.80, 0}, {"nbio-ws", 0.80, 0}}},
	{[]string{"client/64", "client/1", "client-tls/64"}, false, []bar{{"net/http", 0.60, 0}, {"fasthttp", 1.00, 0}}},
	{[]string{"client-http2/32"}, false, []bar{{"net/http", 0.60, 0}}},
	{[]string{"pingpong-spin/1"}, true, []bar{{"gnet", 3.5, 4.0}}},
}

// epollWithin is how much more CPU epoll may use than the better of our pollers.
const epollWithin = 1.15

// idleGoals are the bytes of resident memory that an idle connection may cost.
var idleGoals = map[string]float64{"plain": 450, "tls12": 6 << 10, "tls13": 6 << 10}

// Bars writes how Torsion compares with the bars that it has to keep to.
func (r *Report) Bars(out io.Writer, markdown bool) error {
	w := &writer{out: out}
	t := r.bars()
	if markdown {
		w.printf("%s.\n", r.Heading())
		w.markdown(t)
	} else {
		w.printf("%s\n", r.Heading())
		w.text(t)
	}
	return w.err
}

func (r *Report) bars() table {
	t := table{head: []string{"workload", "ours", "peer", "ratio", "bar", "aim", "verdict", "figure", "low–high", "its figure", "low–high"}}
	starred := false
	for _, g := range goals {
		for _, name := range g.workloads {
			if w := r.find(name); w != nil {
				rows, notes, star := g.rows(w)
				t.rows, t.notes, starred = append(t.rows, rows...), append(t.notes, notes...), starred || star
			}
		}
	}
	for _, i := range r.Idle {
		limit, ok := idleGoals[i.Kind]
		ok = ok && slices.Contains(ours, i.Engine)
		if i.Failed != "" {
			t.notes = append(t.notes, "failed: "+i.Engine+" idle "+i.Kind+": "+oneLine(i.Failed))
		}
		if ok && i.Failed == "" && len(i.Steps) > 1 {
			each := i.Each(len(i.Steps)-1, func(s IdleStep) int64 { return s.RSS })
			title := fmt.Sprintf("RSS of an idle connection, %s, %d of them", i.Kind, i.Steps[len(i.Steps)-1].Conns)
			t.rows = append(t.rows, []string{title, i.Engine, "–", "–", size(limit), "–", verdict(each <= limit, false), size(each), "–", "–", "–"})
		}
	}
	t.notes = append(t.notes, "figure: the CPU time of the server, or of the HTTP client that is measured, for an operation, or operations a second; ratio: ours, the better of the two pollers, divided by the peer's; tie: less than 10 % apart")
	if starred {
		t.notes = append(t.notes, "*: that one had time left: the other side, the wait between the two, or another process set the rate")
	}
	return t
}

func (r *Report) find(workload string) *Workload {
	for i := range r.Workloads {
		if r.Workloads[i].Name == workload {
			return &r.Workloads[i]
		}
	}
	return nil
}

func (w *Workload) find(engine string) *Engine {
	for i := range w.Engines {
		if w.Engines[i].Name == engine && len(w.Engines[i].Samples) > 0 {
			return &w.Engines[i]
		}
	}
	return nil
}

// compared is what the goal compares.
func (g goal) compared(e *Engine) Range {
	if g.rate {
		return e.Rate()
	}
	return e.CPU()
}

func (g goal) figure(e *Engine) float64 { return g.compared(e).Mid }

// write returns the cells of an engine's figure and of its range.
func (g goal) write(w *Workload, e *Engine) (figure, lowHigh string) {
	mark := ""
	if w.limited(e) {
		mark = " *"
	}
	f := nanos
	if g.rate {
		f = func(v float64) string { return count(v) + "/s" }
	}
	r := g.compared(e)
	return f(r.Mid) + mark, spread(r, f)
}

// best returns the better of our engines.
func (g goal) best(w *Workload) *Engine {
	var best *Engine
	for _, name := range ours {
		e := w.find(name)
		if e != nil && (best == nil || (g.figure(e) < g.figure(best)) != g.rate) {
			best = e
		}
	}
	return best
}

func (g goal) rows(w *Workload) (rows [][]string, notes []string, starred bool) {
	for _, e := range w.Engines {
		if e.Failed != "" {
			notes = append(notes, "failed: "+w.Name+": "+e.Name+": "+oneLine(e.Failed))
		}
	}
	best := g.best(w)
	if best == nil {
		return rows, append(notes, w.Name+": there is no figure of ours"), false
	}
	title := w.Title
	add := func(peer *Engine, b bar, q float64, met, aim bool) {
		own, ownRange := g.write(w, best)
		theirs, theirRange := g.write(w, peer)
		starred = starred || strings.HasSuffix(own, "*") || strings.HasSuffix(theirs, "*")
		aimed := digits(b.aim)
		if b.aim == 0 {
			aimed = "–"
		}
		rows = append(rows, []string{title, best.Name, peer.Name, ratio(q), digits(b.bar), aimed, verdict(met, aim), own, ownRange, theirs, theirRange})
	}
	for _, b := range g.bars {
		peer := w.find(b.peer)
		if peer == nil {
			notes = append(notes, w.Name+": there is no figure of "+b.peer)
			continue
		}
		q := Ratio(g.figure(best), g.figure(peer))
		if g.rate {
			add(peer, b, q, q >= b.bar, q >= b.aim)
		} else {
			add(peer, b, q, q <= b.bar, q <= b.aim)
		}
	}
	if epoll := w.find(ours[0]); epoll != nil && epoll != best && !g.rate {
		best, epoll = epoll, best
		q := Ratio(g.figure(best), g.figure(epoll))
		add(epoll, bar{bar: epollWithin}, q, q <= epollWithin, false)
	}
	return rows, notes, starred
}

func verdict(met, aim bool) string {
	switch {
	case aim:
		return "aim met"
	case met:
		return "met"
	}
	return "not met"
}
