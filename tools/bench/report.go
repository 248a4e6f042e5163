// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// A result is one measurement.
type result struct {
	rate     float64 // messages a second
	cpu      float64 // server nanoseconds a message
	p50, p99 time.Duration
	rss      int64
}

// report prints the table of one workload.
func report(out io.Writer, w workload, names []string, results map[string][]result) {
	fmt.Fprintf(out, "\n%d connections, %d messages under way on each", w.conns, w.depth)
	if w.perMessage {
		fmt.Fprint(out, ", answered one by one")
	}
	fmt.Fprintln(out)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "engine\tmsg/s\t(low–high)\tserver ns/msg\t(low–high)\tp50\tp99\tpeak MB\trate vs %[1]s\tCPU vs %[1]s\t\n", names[0])
	var baseRate, baseCPU float64
	for i, name := range names {
		rs := results[name]
		rate, rateLow, rateHigh := median(column(rs, func(r result) float64 { return r.rate }))
		cpu, cpuLow, cpuHigh := median(column(rs, func(r result) float64 { return r.cpu }))
		p50, _, _ := median(column(rs, func(r result) time.Duration { return r.p50 }))
		p99, _, _ := median(column(rs, func(r result) time.Duration { return r.p99 }))
		rss, _, _ := median(column(rs, func(r result) int64 { return r.rss }))
		if i == 0 {
			baseRate, baseCPU = rate, cpu
		}
		fmt.Fprintf(t, "%s\t%.0f\t(%.0f–%.0f)\t%.0f\t(%.0f–%.0f)\t%v\t%v\t%.1f\t%.2f\t%.2f\t\n", name, rate, rateLow, rateHigh, cpu, cpuLow, cpuHigh,
			p50.Round(time.Microsecond), p99.Round(time.Microsecond), float64(rss)/(1<<20), rate/baseRate, cpu/baseCPU)
	}
	t.Flush()
}

func column[T any](rs []result, f func(result) T) []T {
	var all []T
	for _, r := range rs {
		all = append(all, f(r))
	}
	return all
}
