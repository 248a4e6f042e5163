// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package run

import (
	"fmt"
	"io"
	"time"
)

// A progress tells on one line what is under way and how long the rest takes. The estimate is corrected by what the steps so far took.
type progress struct {
	out     io.Writer
	began   time.Time
	planned time.Duration // all steps
	behind  time.Duration // what was planned for the steps that are over
	current time.Duration // what is planned for the one under way
}

func newProgress(out io.Writer, planned time.Duration) *progress {
	if out == nil {
		out = io.Discard
	}
	return &progress{out: out, began: time.Now(), planned: planned}
}

// step ends the step before and begins one that is planned to take d.
func (p *progress) step(what string, d time.Duration) {
	p.behind += p.current
	p.current = d
	left := max(p.planned-p.behind, 0)
	if p.behind > 5*time.Second {
		left = time.Duration(float64(left) * float64(time.Since(p.began)) / float64(p.behind))
	}
	fmt.Fprintf(p.out, "\r\x1b[K%s left  %s", left.Round(time.Second), what)
}

func (p *progress) end() { fmt.Fprint(p.out, "\r\x1b[K") }
