// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ticker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxSamples bounds the latencies that are kept for a report.
const maxSamples = 1 << 16

// A Report is what happened since the one before.
type Report struct {
	Seconds  float64 `json:"seconds"`
	Frames   int     `json:"frames"`              // paints of the drawing
	Lines    int     `json:"lines"`               // received
	Shown    int     `json:"shown"`               // painted, or scrolled out of sight by later ones that were
	MedianMS float64 `json:"median_ms,omitempty"` // latency of those with a stamp, in milliseconds
	WorstMS  float64 `json:"worst_ms,omitempty"`
}

// String is what the window's status line says.
func (r Report) String() string {
	s := fmt.Sprintf("%.0f lines/s  ·  %.0f frames/s", float64(r.Lines)/r.Seconds, float64(r.Frames)/r.Seconds)
	if r.WorstMS != 0 {
		s += fmt.Sprintf("  ·  latency %.1f ms, at most %.1f ms", r.MedianMS, r.WorstMS)
	}
	return s
}

// stats are counted from one report to the next.
type stats struct {
	since                time.Time
	frames, lines, shown int
	latencies            []int64 // in nanoseconds
}

func (s *stats) painted(b batch, now int64) {
	s.shown += b.lines
	for _, at := range b.stamps {
		if len(s.latencies) < maxSamples {
			s.latencies = append(s.latencies, now-at)
		}
	}
}

// report returns what was counted, and begins again.
func (s *stats) report(now time.Time) Report {
	r := Report{Seconds: max(now.Sub(s.since), time.Microsecond).Seconds(), Frames: s.frames, Lines: s.lines, Shown: s.shown}
	if n := len(s.latencies); n > 0 {
		slices.Sort(s.latencies)
		r.MedianMS, r.WorstMS = float64(s.latencies[n/2])/1e6, float64(s.latencies[n-1])/1e6
	}
	*s = stats{since: now, latencies: s.latencies[:0]}
	return r
}

// stamp returns the time that begins a line. A number of less than 16 digits is none: it would be before 1970 had been a year old.
func stamp(line string) (int64, bool) {
	word, _, _ := strings.Cut(line, " ")
	if len(word) < 16 {
		return 0, false
	}
	at, err := strconv.ParseInt(word, 10, 64)
	return at, err == nil && at > 0
}
