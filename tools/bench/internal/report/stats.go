// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package report

import (
	"slices"
)

// Range is the middle, the lowest and the highest of some values.
type Range struct{ Mid, Low, High float64 }

// rangeOf returns zeros for no values. Of an even number the middle is the mean of the two in the middle.
func rangeOf(values []float64) Range {
	if len(values) == 0 {
		return Range{}
	}
	s := slices.Sorted(slices.Values(values))
	n := len(s)
	return Range{Mid: (s[(n-1)/2] + s[n/2]) / 2, Low: s[0], High: s[n-1]}
}

func (e Engine) of(f func(Sample) float64) Range {
	var all []float64
	for _, s := range e.Samples {
		all = append(all, f(s))
	}
	return rangeOf(all)
}

// Rate is the operations a second.
func (e Engine) Rate() Range { return e.of(func(s Sample) float64 { return s.Rate }) }

// CPU is the server's CPU time for an operation, in nanoseconds.
func (e Engine) CPU() Range { return e.of(func(s Sample) float64 { return s.CPU }) }

// P50 is the median latency in nanoseconds.
func (e Engine) P50() float64 { return e.of(func(s Sample) float64 { return s.P50 }).Mid }

// P99 is the latency that 99 % do not exceed, in nanoseconds.
func (e Engine) P99() float64 { return e.of(func(s Sample) float64 { return s.P99 }).Mid }

// P999 is the latency that 99.9 % do not exceed, in nanoseconds.
func (e Engine) P999() float64 { return e.of(func(s Sample) float64 { return s.P999 }).Mid }

// PeakRSS is the server's largest resident memory in bytes.
func (e Engine) PeakRSS() float64 {
	return e.of(func(s Sample) float64 { return float64(s.PeakRSS) }).Mid
}

// ServerBusy is the share of its processors that the server used.
func (e Engine) ServerBusy() float64 { return e.of(func(s Sample) float64 { return s.ServerBusy }).Mid }

// ClientBusy is the share of the interval in which the client had work.
func (e Engine) ClientBusy() float64 { return e.of(func(s Sample) float64 { return s.ClientBusy }).Mid }

// Lost is how many datagrams had to be sent again, over all rounds.
func (e Engine) Lost() int64 {
	var n int64
	for _, s := range e.Samples {
		n += s.Lost
	}
	return n
}

// ClientLimited tells whether the client or the network set the rate, not the server: more load would have got more out of it.
func (e Engine) ClientLimited() bool { return len(e.Samples) > 0 && e.ServerBusy() < busyEnough }

const (
	busyEnough = 0.90
	tieWithin  = 0.10
)

// Ratio divides a by b; 0 when there is no b.
func Ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// Tie tells whether a ratio is too close to 1 to mean anything: less than 10 % apart, whichever of the two is divided by the other.
func Tie(ratio float64) bool { return ratio > 1/(1+tieWithin) && ratio < 1+tieWithin }

// Slope is what one more connection costs in bytes of resident memory: the line through all steps by least squares. 0 with fewer than two steps.
func (i Idle) Slope() float64 {
	var sx, sy, sxx, sxy float64
	for _, s := range i.Steps {
		x, y := float64(s.Conns), float64(s.RSS)
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	n := float64(len(i.Steps))
	if d := n*sxx - sx*sx; len(i.Steps) > 1 && d != 0 {
		return (n*sxy - sx*sy) / d
	}
	return 0
}

// Each is what each connection of step k costs beyond the empty server, which is the first step.
func (i Idle) Each(k int, f func(IdleStep) int64) float64 {
	return float64(f(i.Steps[k])-f(i.Steps[0])) / float64(max(i.Steps[k].Conns-i.Steps[0].Conns, 1))
}

// Million is the resident memory of a million connections on paper, in bytes: the empty server and the slope.
func (i Idle) Million() float64 {
	if len(i.Steps) < 2 {
		return 0
	}
	return float64(i.Steps[0].RSS) + 1e6*i.Slope()
}
