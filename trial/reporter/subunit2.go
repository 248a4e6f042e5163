// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"fmt"
	"time"

	"github.com/torsion-go/torsion/trial/internal/subunit"
	"github.com/torsion-go/torsion/trial/result"
)

// subunit2 writes subunit, version 2, where tests may overlap.
type subunit2 struct {
	Base
	out
	o   Options
	run *result.Run
}

func newSubunit2(o Options) (Reporter, error) { return &subunit2{out: out{w: o.Writer}, o: o}, nil }

func (r *subunit2) Begin(run *result.Run) { r.run = run }

// send writes packets at once.
func (r *subunit2) send(packets ...*subunit.Packet) {
	var b []byte
	for _, p := range packets {
		var err error
		if b, err = subunit.Append(b, p); err != nil && r.err == nil {
			r.err = fmt.Errorf("reporter: subunit2: %w", err)
		}
	}
	r.print(string(b))
}

func (r *subunit2) StartTest(t *result.Test) {
	start := t.Started
	if start.IsZero() {
		start = r.o.Now()
	}
	r.send(&subunit.Packet{Status: subunit.InProgress, Runnable: true, Test: subunitID(t.ID), Time: start})
}

func (r *subunit2) StopTest(t *result.Test) { r.stop(t, ended(t, r.o.Now)) }

func (r *subunit2) stop(t *result.Test, at time.Time) {
	id := subunitID(t.ID)
	var packets []*subunit.Packet
	for _, d := range details(t, r.run) {
		packets = append(packets, &subunit.Packet{Test: id, Runnable: true, Time: at, File: d.name, MIME: "text/plain;charset=utf8", Data: []byte(d.text), EOF: true})
	}
	last := &subunit.Packet{Status: subunitStatus[t.Outcome], Runnable: true, Test: id, Time: at}
	if t.Flaky() {
		last.Tags = []string{"flaky"}
	}
	r.send(append(packets, last)...)
}

func (r *subunit2) StopPackage(p *result.Package) {
	for _, t := range outside(p) {
		r.stop(t, r.o.Now())
	}
}

func (r *subunit2) Done(*result.Summary) error { return r.err }

// There is one status for failures and errors.
var subunitStatus = map[result.Outcome]subunit.Status{
	result.Running:           subunit.Fail,
	result.Passed:            subunit.Success,
	result.Failed:            subunit.Fail,
	result.Errored:           subunit.Fail,
	result.Skipped:           subunit.Skip,
	result.ExpectedFailure:   subunit.ExpectedFailure,
	result.UnexpectedSuccess: subunit.UnexpectedSuccess,
}
