// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/torsion-go/torsion/trial/result"
)

// A test has become slower if it takes twice as long as last time, and that is more than noise.
const (
	slowerBy    = 2
	slowerNoise = 50 * time.Millisecond
	maxSlower   = 20 // how many are listed
)

// timingReporter adds times to the lines of bwverbose. Twisted: TimingTextReporter.
type timingReporter struct {
	verboseReporter
	earlier timings
	now     timings
	changed []change
}

// A change is a test that became slower.
type change struct {
	id      string
	was, is time.Duration
}

func newTiming(o Options) (Reporter, error) {
	earlier, err := readTimings(o.Timings)
	if err != nil {
		return nil, err
	}
	r := &timingReporter{earlier: earlier, now: timings{}}
	r.verboseReporter = verboseReporter{newHuman(o), func(t *result.Test) string { return fmt.Sprintf(" (%.3f secs)", t.Elapsed.Seconds()) }}
	return r, nil
}

func (r *timingReporter) Begin(run *result.Run) {
	r.changed = nil
	r.verboseReporter.Begin(run)
}

func (r *timingReporter) StopTest(t *result.Test) {
	r.verboseReporter.StopTest(t)
	if t.Cached || t.Outcome == result.Skipped || r.run != nil && r.run.Dry {
		return // it did not take the time that it takes
	}
	id := t.ID.String()
	if was, ok := r.earlier[id]; ok && t.Elapsed >= slowerBy*was && t.Elapsed-was >= slowerNoise {
		r.changed = append(r.changed, change{id, was, t.Elapsed})
	}
	r.now[id] = t.Elapsed
}

func (r *timingReporter) Done(s *result.Summary) error {
	r.print(percentiles(s.Tests), r.slower())
	if err := r.verboseReporter.Done(s); err != nil {
		return err
	}
	return r.now.write(r.o.Timings, r.earlier)
}

// slower lists what became slower since the last run, the worst first.
func (r *timingReporter) slower() string {
	if len(r.changed) == 0 {
		return ""
	}
	slices.SortStableFunc(r.changed, func(a, b change) int { return cmp.Compare(b.is-b.was, a.is-a.was) })
	var b strings.Builder
	b.WriteString(r.p.paint(magenta, "Slower than in the last run:") + "\n")
	for _, c := range r.changed[:min(len(r.changed), maxSlower)] {
		fmt.Fprintf(&b, "%9s, was %s  %s\n", seconds(c.is), seconds(c.was), name(c.id))
	}
	if more := len(r.changed) - maxSlower; more > 0 {
		fmt.Fprintf(&b, "... and %d more\n", more)
	}
	return b.String()
}

// percentiles tells how the times of tests are spread, by nearest rank.
func percentiles(tests []*result.Test) string {
	var all []time.Duration
	var sum time.Duration
	for _, t := range tests {
		if t.Outcome != result.Skipped {
			all = append(all, t.Elapsed)
		}
		if !strings.Contains(t.Name, "/") { // the time of a test has that of its subtests
			sum += t.Elapsed
		}
	}
	if len(all) == 0 {
		return ""
	}
	slices.Sort(all)
	rank := func(p int) time.Duration { return all[max((len(all)*p+99)/100-1, 0)] }
	return fmt.Sprintf("Times: 50%% up to %s, 90%% up to %s, 99%% up to %s, the longest %s, together %s\n",
		seconds(rank(50)), seconds(rank(90)), seconds(rank(99)), seconds(all[len(all)-1]), seconds(sum))
}
