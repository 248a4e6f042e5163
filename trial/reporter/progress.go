// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"time"

	"github.com/torsion-go/torsion/trial/result"
)

// quiet is how often progress writes a line to what is no terminal.
const quiet = 10 * time.Second

// progressReporter shows the live line alone, and names tests that go wrong when they do.
type progressReporter struct {
	human
	status status
	wrote  time.Time // the last line to a file
}

var _ Ticker = (*progressReporter)(nil)

func newProgress(o Options) (Reporter, error) {
	h := newHuman(o)
	return &progressReporter{human: h, status: status{o: o, p: h.p}}, nil
}

func (r *progressReporter) Begin(run *result.Run) {
	now := r.o.Now()
	r.run, r.wrote = run, now
	r.status.begin(run, now)
	r.print(r.status.over(opening(run), now))
}

func (r *progressReporter) StartTest(t *result.Test) {
	now := r.o.Now()
	r.status.start(t, now)
	r.print(r.status.over("", now))
}

func (r *progressReporter) Problem(t *result.Test, p result.Problem) {
	if r.o.RealTime {
		r.print(r.status.over(r.realTime(t, p), r.o.Now()))
	}
}

func (r *progressReporter) StopTest(t *result.Test) {
	now := r.o.Now()
	r.status.stop(t)
	text := ""
	if t.Outcome.Bad() && len(t.Problems) > 0 || t.Flaky() {
		m := marksOf(t)[0]
		text = r.p.paint(m.color, m.tree) + " " + name(t.ID.String()) + "\n"
	}
	r.print(r.status.over(text+r.warnings(t), now))
	r.Tick(now)
}

func (r *progressReporter) Tick(now time.Time) {
	if r.o.Terminal {
		r.print(r.status.over("", now))
	} else if now.Sub(r.wrote) >= quiet {
		r.wrote = now
		r.print(r.status.line(now, r.o.columns()), "\n")
	}
}

func (r *progressReporter) Done(s *result.Summary) error {
	r.print(r.status.hide())
	return r.human.Done(s)
}
