// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rig

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/hosted/internal/ticker"
)

// The bounds.
const (
	within    = 50.0 // milliseconds from a line's stamp to its paint
	ofIdle    = 0.9  // of the frame rate without lines, under load
	idleTime  = 4 * time.Second
	slowTime  = 6 * time.Second
	heavyTime = 6 * time.Second
	heavy     = 10_000 // lines a second
)

// A summary is what the reports of a phase say.
type summary struct {
	frames, lines float64 // a second
	median, worst float64 // milliseconds
	machine       float64 // by how many milliseconds the machine let the test itself wait, at worst
}

func (s summary) String() string {
	return fmt.Sprintf("%6.1f frames/s  %7.0f lines/s  latency median %5.1f ms, worst %5.1f ms  (a timer was up to %.1f ms late)", s.frames, s.lines, s.median, s.worst, s.machine)
}

// phase has feed, if any, send for some time, and sums up the reports, without the first, which is in part from before.
func (p *program) phase(length time.Duration, feed func(until time.Time)) summary {
	p.Helper()
	until := time.Now().Add(length)
	fed := make(chan struct{})
	go func() { // waited for below
		defer close(fed)
		if feed != nil {
			feed(until)
		}
	}()
	late := make(chan time.Duration, 1) // the outcome
	go func() { late <- lateness(until) }()
	var s summary
	var seconds float64
	var medians []float64
	for n := 0; time.Now().Before(until); n++ {
		r, on := <-p.reports
		if !on {
			p.Fatal("the program has ended")
		}
		if n == 0 || !time.Now().Before(until) {
			continue
		}
		seconds += r.Seconds
		s.frames += float64(r.Frames)
		s.lines += float64(r.Lines)
		s.worst = max(s.worst, r.WorstMS)
		medians = append(medians, r.MedianMS)
	}
	<-fed
	s.machine = float64(<-late) / 1e6
	if len(medians) == 0 {
		p.Fatal("no report came")
	}
	slices.Sort(medians)
	s.median = medians[len(medians)/2]
	s.frames /= seconds
	s.lines /= seconds
	return s
}

// lateness tells how long the machine lets somebody wait who wants to go on: what others do on it is in the latencies too.
func lateness(until time.Time) (worst time.Duration) {
	for time.Now().Before(until) {
		due := time.Now().Add(time.Millisecond)
		<-time.After(time.Until(due))
		worst = max(worst, time.Since(due))
	}
	return worst
}

// slowly sends a line about ten times a second, at times that have nothing to do with frames.
func (p *program) slowly(until time.Time) {
	for time.Now().Before(until) {
		fmt.Fprintf(p.peer, "%d tick\n", time.Now().UnixNano())
		<-time.After(50*time.Millisecond + rand.N(100*time.Millisecond))
	}
}

// heavily sends so many lines a second, a few each millisecond.
func (p *program) heavily(until time.Time) {
	begin, sent := time.Now(), 0
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(until) {
		var b []byte
		for due := int(time.Since(begin).Seconds() * heavy); sent < due; sent++ {
			b = fmt.Appendf(b, "%d line %d of many\n", time.Now().UnixNano(), sent+1)
		}
		if _, err := p.peer.Write(b); err != nil {
			return
		}
		<-tick.C
	}
}

func TestMeasure(t *testing.T) {
	if !*measure {
		t.Skip("measures time: with -measure only")
	}
	forEach(t, func(t *testing.T, e *example) {
		p := start(t, e)
		p.wait("a second report", func(ticker.Report) bool { return true })
		idle := p.phase(idleTime, nil)
		slow := p.phase(slowTime, p.slowly)
		many := p.phase(heavyTime, p.heavily)
		p.screenshot(e.name + "-heavy.png")
		t.Logf("idle:  %v", idle)
		t.Logf("slow:  %v", slow)
		t.Logf("heavy: %v", many)
		if slow.worst > within || many.worst > within {
			t.Errorf("a line took %.1f ms when few came and %.1f ms when many did, want %v ms at most", slow.worst, many.worst, within)
		}
		if many.frames < ofIdle*idle.frames {
			t.Errorf("%.1f frames/s under load, %.1f without: want %.0f %% at least", many.frames, idle.frames, 100*ofIdle)
		}
		if many.lines < 0.95*heavy {
			t.Errorf("%.0f lines/s arrived, want %d", many.lines, heavy)
		}
		p.close()
		p.exits()
	})
}
