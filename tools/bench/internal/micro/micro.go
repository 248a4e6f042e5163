// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package micro holds the benchmarks that need no server: Deferreds, coroutines and timers, in one process.
package micro

import (
	"flag"
	"fmt"
	"testing"
	"time"
)

// A Benchmark measures one operation.
type Benchmark struct {
	Name  string
	Title string
	Run   func(*testing.B)
}

// All returns the benchmarks.
func All() []Benchmark {
	return []Benchmark{
		{"deferred", "a Deferred with two callbacks, fired", deferredFired},
		{"coroutine", "a coroutine that awaits one Deferred", coroutine},
		{"timers", "re-arming one of a million timers", timers},
	}
}

// Measure runs a benchmark for about d. It is not safe to call from several goroutines.
func Measure(b Benchmark, d time.Duration) (testing.BenchmarkResult, error) {
	if flag.Lookup("test.benchtime") == nil {
		testing.Init()
	}
	if err := flag.Set("test.benchtime", d.String()); err != nil {
		return testing.BenchmarkResult{}, err
	}
	r := testing.Benchmark(b.Run)
	if r.N == 0 {
		return r, fmt.Errorf("%s failed", b.Name)
	}
	return r, nil
}
