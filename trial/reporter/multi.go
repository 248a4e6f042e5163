// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"errors"
	"io"
	"time"

	"github.com/torsion-go/torsion/trial/result"
)

// Multi tells several reporters, in this order. It is a [Ticker] and an [io.Closer] for those that are.
func Multi(reporters ...Reporter) Reporter { return multi(reporters) }

type multi []Reporter

var (
	_ Ticker    = multi(nil)
	_ io.Closer = multi(nil)
)

func (m multi) Begin(run *result.Run) {
	for _, r := range m {
		r.Begin(run)
	}
}

func (m multi) StartTest(t *result.Test) {
	for _, r := range m {
		r.StartTest(t)
	}
}

func (m multi) Problem(t *result.Test, p result.Problem) {
	for _, r := range m {
		r.Problem(t, p)
	}
}

func (m multi) StopTest(t *result.Test) {
	for _, r := range m {
		r.StopTest(t)
	}
}

func (m multi) StopPackage(p *result.Package) {
	for _, r := range m {
		r.StopPackage(p)
	}
}

func (m multi) Done(s *result.Summary) error {
	var errs []error
	for _, r := range m {
		errs = append(errs, r.Done(s))
	}
	return errors.Join(errs...)
}

func (m multi) Tick(now time.Time) {
	for _, r := range m {
		if t, ok := r.(Ticker); ok {
			t.Tick(now)
		}
	}
}

func (m multi) Close() error {
	var errs []error
	for _, r := range m {
		if c, ok := r.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}
