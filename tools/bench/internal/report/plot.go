// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package report

import (
	"fmt"
	"slices"
	"strings"
)

// A plot is lines over the number of connections, in the units of its picture.
type plot struct {
	Title string
	Lines []line
	YTick []tick
	XTick []tick
}

type line struct {
	Name, Points string
	Class        string
	EndX, EndY   float64
	LabelY       float64
}

type tick struct {
	At    float64
	Label string
}

// The picture is plotWidth by plotHeight; the axes leave room for their labels, and on the right for the names of the lines.
const (
	plotWidth  = 420.0
	plotHeight = 240.0
	plotLeft   = 62.0
	plotRight  = 310.0
	plotTop    = 12.0
	plotBottom = 212.0
)

func (r *Report) kinds() []string {
	var all []string
	for _, i := range r.Idle {
		if !slices.Contains(all, i.Kind) {
			all = append(all, i.Kind)
		}
	}
	return all
}

// plot draws the resident memory over the connections of one kind.
func (r *Report) plot(kind string) plot {
	p := plot{Title: "Resident memory over idle connections, " + kind}
	var most, largest float64
	for _, i := range r.Idle {
		for _, s := range i.Steps {
			if i.Kind == kind {
				most, largest = max(most, float64(s.Conns)), max(largest, float64(s.RSS))
			}
		}
	}
	if most == 0 || largest == 0 {
		return p
	}
	x := func(v float64) float64 { return plotLeft + v/most*(plotRight-plotLeft) }
	y := func(v float64) float64 { return plotBottom - v/largest*(plotBottom-plotTop) }
	for k := range 5 {
		share := float64(k) / 4
		p.YTick = append(p.YTick, tick{y(share * largest), size(share * largest)})
		p.XTick = append(p.XTick, tick{x(share * most), count(share * most)})
	}
	var engines []string // a line has the colour of its engine in all pictures
	for _, i := range r.Idle {
		if !slices.Contains(engines, i.Engine) {
			engines = append(engines, i.Engine)
		}
		if i.Kind != kind || len(i.Steps) == 0 {
			continue
		}
		var points []string
		l := line{Name: i.Engine, Class: fmt.Sprintf("l%d", slices.Index(engines, i.Engine)%6)}
		for _, s := range i.Steps {
			l.EndX, l.EndY = x(float64(s.Conns)), y(float64(s.RSS))
			points = append(points, fmt.Sprintf("%.1f,%.1f", l.EndX, l.EndY))
		}
		l.Points, l.LabelY = strings.Join(points, " "), l.EndY
		p.Lines = append(p.Lines, l)
	}
	spaceLabels(p.Lines)
	return p
}

// labelGap is the least distance between the names of two lines.
const labelGap = 14

// spaceLabels moves names of lines that end close to each other apart, upwards from the lowest.
func spaceLabels(lines []line) {
	order := make([]int, len(lines))
	for k := range order {
		order[k] = k
	}
	slices.SortFunc(order, func(a, b int) int { return int(lines[b].LabelY*10) - int(lines[a].LabelY*10) })
	for k := 1; k < len(order); k++ {
		below, here := &lines[order[k-1]], &lines[order[k]]
		here.LabelY = min(here.LabelY, below.LabelY-labelGap)
	}
}
