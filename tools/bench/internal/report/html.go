// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package report

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// HTML writes the report as one page that needs nothing else: charts, and every figure in a table too.
func (r *Report) HTML(out io.Writer) error {
	p := page{Title: r.Title, Heading: r.Heading()}
	if len(r.Workloads) > 1 {
		p.Overview = r.overview()
	}
	if r.Title == barTitle {
		t := r.bars()
		t.title = "Bars"
		p.Bars = htmlTable(t)
	}
	for _, w := range r.Workloads {
		p.Sections = append(p.Sections, w.section())
	}
	if len(r.Micro) > 0 {
		p.Sections = append(p.Sections, section{ID: "micro", Table: htmlTable(r.micro()), Charts: []chart{r.microChart()}})
	}
	if len(r.Idle) > 0 {
		s := section{ID: "idle", Table: htmlTable(r.idle())}
		for _, kind := range r.kinds() {
			s.Plots = append(s.Plots, r.plot(kind))
		}
		p.Sections = append(p.Sections, s)
	}
	if t := r.broadcast(); len(t.rows) > 0 {
		p.Sections = append(p.Sections, section{ID: "broadcast", Table: htmlTable(t), Charts: r.broadcastCharts()})
	}
	return pageTemplate.Execute(out, p)
}

// barTitle is the title of a report whose purpose is the bars.
const barTitle = "bench table"

type page struct {
	Title, Heading string
	Overview       *grid
	Bars           *tableHTML
	Sections       []section
}

type section struct {
	ID     string
	Charts []chart
	Plots  []plot
	Table  *tableHTML
}

type tableHTML struct {
	Title string
	Head  []string
	Rows  [][]string
	Notes []string
}

func htmlTable(t table) *tableHTML {
	return &tableHTML{Title: t.title, Head: t.head, Rows: t.rows, Notes: t.notes}
}

// A chart is horizontal bars.
type chart struct {
	Title string
	Bars  []barHTML
}

// A barHTML has its lengths in percent of the longest.
type barHTML struct {
	Name, Value     string
	Ours            bool
	Length          float64
	Low, High, Wide float64 // where the range begins and ends, and its width
}

func newBar(name, value string, r Range, longest float64) barHTML {
	b := barHTML{Name: name, Value: value, Ours: slices.Contains(ours, name) || strings.HasPrefix(name, "torsion")}
	if longest > 0 {
		b.Length, b.Low, b.High = 100*r.Mid/longest, 100*r.Low/longest, 100*r.High/longest
		b.Wide = b.High - b.Low
	}
	return b
}

const latencyTitle = "Latency p99: less is better"

// id names the section of a workload in the page's addresses.
func (w Workload) id() string { return strings.ReplaceAll(w.Name, "/", "-") }

func (w Workload) section() section {
	s := section{ID: w.id(), Table: htmlTable(w.table())}
	for _, c := range []struct {
		title string
		of    func(Engine) Range
		write func(float64) string
	}{
		{strings.ToUpper(w.measured()[:1]) + w.measured()[1:] + " CPU for a " + w.Unit + ": less is better", Engine.CPU, nanos},
		{"Rate, " + w.Unit + "s a second: more is better", Engine.Rate, count},
		{latencyTitle, func(e Engine) Range { return e.of(func(s Sample) float64 { return s.P99 }) }, nanos},
	} {
		if w.Client && c.title == latencyTitle {
			continue
		}
		ch, longest := chart{Title: c.title}, 0.0
		for _, e := range w.Engines {
			longest = max(longest, c.of(e).High)
		}
		for _, e := range w.Engines {
			if len(e.Samples) > 0 {
				ch.Bars = append(ch.Bars, newBar(e.Name, c.write(c.of(e).Mid), c.of(e), longest))
			}
		}
		s.Charts = append(s.Charts, ch)
	}
	return s
}

func (r *Report) microChart() chart {
	c, longest := chart{Title: "Time for an operation: less is better"}, 0.0
	for _, m := range r.Micro {
		longest = max(longest, rangeOf(m.NsOp).High)
	}
	for _, m := range r.Micro {
		v := rangeOf(m.NsOp)
		b := newBar(m.Name, nanos(v.Mid), v, longest)
		b.Ours = true
		c.Bars = append(c.Bars, b)
	}
	return c
}

func (r *Report) broadcastCharts() []chart {
	var all []chart
	for _, c := range []struct {
		title string
		of    func(*Broadcast) []float64
	}{
		{"Server CPU for a message to all: less is better", func(b *Broadcast) []float64 { return b.CPU }},
		{"Until the last connection has it: less is better", func(b *Broadcast) []float64 { return b.Took }},
	} {
		ch, longest := chart{Title: c.title}, 0.0
		for _, i := range r.Idle {
			if i.Broadcast != nil {
				longest = max(longest, rangeOf(c.of(i.Broadcast)).High)
			}
		}
		for _, i := range r.Idle {
			if i.Broadcast != nil {
				v := rangeOf(c.of(i.Broadcast))
				ch.Bars = append(ch.Bars, newBar(i.Engine, nanos(v.Mid), v, longest))
			}
		}
		all = append(all, ch)
	}
	return all
}

// A grid is the overview: each workload by each engine.
type grid struct {
	Base    string
	Engines []string
	Rows    []gridRow
}

type gridRow struct {
	ID, Title string
	Cells     []gridCell
}

type gridCell struct{ Text, Class string }

// overview has the CPU time of each engine divided by that of the engine that comes first in the first workload.
func (r *Report) overview() *grid {
	g := &grid{}
	for _, w := range r.Workloads {
		for _, e := range w.Engines {
			if !slices.Contains(g.Engines, e.Name) {
				g.Engines = append(g.Engines, e.Name)
			}
		}
	}
	if len(g.Engines) == 0 {
		return nil
	}
	g.Base = g.Engines[0]
	for _, w := range r.Workloads {
		row := gridRow{ID: w.id(), Title: w.Title}
		base := w.find(g.Base)
		for _, name := range g.Engines {
			row.Cells = append(row.Cells, w.cell(base, name))
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

func (w Workload) cell(base *Engine, name string) gridCell {
	e := w.find(name)
	if e == nil || base == nil {
		return gridCell{Text: "–", Class: "none"}
	}
	if e.Name == base.Name {
		return gridCell{Text: nanos(e.CPU().Mid), Class: "base"}
	}
	q := Ratio(e.CPU().Mid, base.CPU().Mid)
	switch {
	case Tie(q):
		return gridCell{Text: digits(q) + " tie", Class: "tie"}
	case q > 1:
		return gridCell{Text: digits(q), Class: "more"}
	}
	return gridCell{Text: digits(q), Class: "less"}
}
