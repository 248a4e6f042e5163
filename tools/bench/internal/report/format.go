// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package report

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Numbers are written with three significant digits: what is behind them differs from run to run.

// count writes a number of things: 1,234 or 56.7 k or 1.23 M.
func count(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v >= 999_500:
		return digits(v/1e6) + " M"
	case v >= 9_995:
		return digits(v/1e3) + " k"
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	}
	return digits(v)
}

// nanos writes a time.
func nanos(v float64) string {
	switch {
	case v >= 999.5e6:
		return digits(v/1e9) + " s"
	case v >= 999.5e3:
		return digits(v/1e6) + " ms"
	case v >= 999.5:
		return digits(v/1e3) + " µs"
	}
	return digits(v) + " ns"
}

// size writes a number of bytes.
func size(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1<<30:
		return digits(v/(1<<30)) + " GiB"
	case a >= 1<<20:
		return digits(v/(1<<20)) + " MiB"
	case a >= 1<<13:
		return digits(v/(1<<10)) + " KiB"
	}
	return fmt.Sprintf("%.0f B", v)
}

func digits(v float64) string {
	switch a := math.Abs(v); {
	case a >= 99.95:
		return fmt.Sprintf("%.0f", v)
	case a >= 9.995:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func percent(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }

func spread(r Range, f func(float64) string) string { return f(r.Low) + "–" + f(r.High) }

// ratio writes a quotient, with a mark when it says nothing.
func ratio(v float64) string {
	switch {
	case v == 0:
		return "–"
	case Tie(v):
		return digits(v) + " tie"
	}
	return digits(v)
}

// Heading tells in one line what was measured where.
func (r *Report) Heading() string {
	m, s := r.Machine, r.Settings
	var parts []string
	for _, part := range []string{m.CPU, fmt.Sprintf("%d CPUs", m.CPUs), m.Kernel, m.Go} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if s.Rounds > 0 {
		parts = append(parts, fmt.Sprintf("%d × %v", s.Rounds, s.Time))
	}
	if s.Pinned {
		parts = append(parts, "server on one CPU, client on another")
	} else {
		parts = append(parts, "not pinned")
	}
	if s.Loops > 1 {
		parts = append(parts, fmt.Sprintf("%d loops", s.Loops))
	}
	return strings.Join(append(parts, r.Made.UTC().Format(time.DateOnly)), "; ")
}
