// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/torsion-go/torsion/trial/result"
)

// copies count how often tests ran and failed, of many copies.
type copies struct {
	mu    sync.Mutex
	tests map[result.ID]*runs
}

type runs struct {
	all, bad int
	first    string // what went wrong first
}

func (c *copies) add(t *result.Test) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tests == nil {
		c.tests = map[result.ID]*runs{}
	}
	n := c.tests[t.ID]
	if n == nil {
		n = &runs{}
		c.tests[t.ID] = n
	}
	n.all++
	if t.Outcome.Bad() {
		n.bad++
		switch {
		case n.first != "":
		case len(t.Problems) > 0:
			n.first = firstLine(t.Problems[0].Text)
		default:
			n.first = "a subtest failed"
		}
	}
}

// write says which tests failed, the most frequent first.
func (c *copies) write(w io.Writer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	total := 0
	var bad []result.ID
	for id, n := range c.tests {
		total += n.all
		if n.bad > 0 {
			bad = append(bad, id)
		}
	}
	fmt.Fprintf(w, "Stress: %d tests, %d runs, %d tests failed\n", len(slices.Collect(maps.Keys(c.tests))), total, len(bad))
	slices.SortFunc(bad, func(a, b result.ID) int {
		x, y := c.tests[a], c.tests[b]
		return cmp.Or(cmp.Compare(y.bad*x.all, x.bad*y.all), cmp.Compare(a.String(), b.String()))
	})
	for _, id := range bad {
		n := c.tests[id]
		fmt.Fprintf(w, "%d of %d runs failed (%.2f %%)  %s: %s\n", n.bad, n.all, 100*float64(n.bad)/float64(n.all), id, n.first)
	}
}

func firstLine(s string) string {
	for line := range strings.Lines(s) {
		return strings.TrimRight(line, "\r\n")
	}
	return ""
}
