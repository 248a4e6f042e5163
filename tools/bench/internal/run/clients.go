// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package run

import (
	"fmt"
	"time"

	"github.com/torsion-go/torsion/tools/bench/internal/client"
	"github.com/torsion-go/torsion/tools/bench/internal/load"
	"github.com/torsion-go/torsion/tools/bench/internal/report"
	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

// clientsServer is what all clients ask.
const clientsServer = "torsion"

// A tick is a client at one moment.
type tick struct {
	at       time.Time
	cpu      time.Duration
	server   time.Duration // CPU time of its server
	requests int64
}

// measureClient has a client ask a server that is started anew, and returns what was seen of the client: it has the CPU that servers have otherwise.
func (p Plan) measureClient(w Workload, engine string) (s report.Sample, err error) {
	srv, err := serve(server.Spec{Engine: clientsServer, Work: w.asks.Serves()}, p.Place.other())
	if err != nil {
		return s, err
	}
	defer srv.stop()
	proc, err := ask(client.Spec{Engine: engine, Work: w.asks, Addr: srv.Addr.String(), Conns: w.Conns, Profile: p.profile(w, engine)}, p.Place)
	if err != nil {
		return s, err
	}
	defer proc.stop()
	now := func() (t tick, err error) {
		c, err := proc.count()
		if err != nil {
			return t, err
		}
		t.at, t.requests = time.Now(), c.Requests
		if t.server, err = srv.cpu(); err != nil {
			return t, err
		}
		t.cpu, err = proc.cpu()
		return t, err
	}
	time.Sleep(p.Warmup) // nothing here has work meanwhile
	from, err := now()
	if err != nil {
		return s, err
	}
	time.Sleep(p.Time)
	to, err := now()
	if err != nil {
		return s, err
	}
	_, peak, err := proc.memory()
	if err != nil {
		return s, err
	}
	n, took := to.requests-from.requests, to.at.Sub(from.at)
	if n == 0 {
		return s, fmt.Errorf("%w in %v%s", load.ErrNothing, took, proc.said)
	}
	return report.Sample{
		Rate:       float64(n) / took.Seconds(),
		CPU:        float64(to.cpu-from.cpu) / float64(n),
		PeakRSS:    peak,
		Verified:   n,
		Bytes:      n * int64(len(server.Hello)),
		ServerBusy: float64(to.server-from.server) / float64(took),
		ClientBusy: float64(to.cpu-from.cpu) / float64(took),
	}, nil
}
