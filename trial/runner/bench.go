// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/torsion-go/torsion/trial/result"
)

// benchmarks are the lines that benchmarks print, as benchstat reads them.
type benchmarks struct {
	mu    sync.Mutex
	pkg   string // of the last line
	lines []string
}

// maxBenchmarks bounds them.
const maxBenchmarks = 100_000

var benchmarkLine = regexp.MustCompile(`^Benchmark\S*\s+\d+\s`)

func (b *benchmarks) add(t *result.Test, out []byte) {
	if !strings.HasPrefix(t.Name, "Benchmark") {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for line := range bytes.Lines(out) {
		if !benchmarkLine.Match(line) || len(b.lines) >= maxBenchmarks {
			continue
		}
		if b.pkg != t.Package {
			b.pkg = t.Package
			b.lines = append(b.lines, "pkg: "+b.pkg)
		}
		b.lines = append(b.lines, strings.TrimRight(string(line), "\r\n"))
	}
}

// benchmarked says what the benchmarks found.
func (r *run) benchmarked() {
	r.bench.mu.Lock()
	defer r.bench.mu.Unlock()
	if len(r.bench.lines) > 0 {
		fmt.Fprintf(r.cfg.Messages, "Benchmarks:\n%s\n", strings.Join(r.bench.lines, "\n"))
	}
}
