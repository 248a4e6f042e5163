// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package run

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/torsion-go/torsion/tools/bench/internal/load"
	"github.com/torsion-go/torsion/tools/bench/internal/report"
	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

// An IdlePlan is which engines are weighed with how many connections that do nothing.
type IdlePlan struct {
	Kinds    []string // plain, tls12, tls13, ws
	Engines  []string
	Steps    []int         // numbers of connections, growing; none: from 5,000 up to what the limit of open files allows
	Rounds   int           // of a message to all, of the kind ws, at the end; 0: none
	Time     time.Duration // of the echo on one connection in a hundred, at the end; 0: none
	Place    Placement
	Profiles string // as in a Plan
	Progress io.Writer
}

// idleStep is how many connections each step adds, and how many one client process holds.
const idleStep = 5000

// Check finds out whether the plan can be carried out, and fills in the steps.
func (p *IdlePlan) Check() error {
	files, err := OpenFiles()
	if err != nil {
		return err
	}
	for _, kind := range p.Kinds {
		if _, ok := idleKinds[kind]; !ok {
			return fmt.Errorf("%q is no kind of connection; there are plain, tls12, tls13 and ws", kind)
		}
	}
	for _, name := range p.Engines {
		if _, ok := server.Find(name); !ok {
			return fmt.Errorf("no engine is named %q; \"bench list\" shows all", name)
		}
	}
	if len(p.Steps) == 0 {
		for n := idleStep; n < files; n += idleStep {
			p.Steps = append(p.Steps, n)
		}
		if k := len(p.Steps); k == 0 || files-p.Steps[k-1] > idleStep/2 {
			p.Steps = append(p.Steps, files/100*100)
		}
	}
	last := 0
	for _, n := range p.Steps {
		if n <= last {
			return fmt.Errorf("the numbers of idle connections have to grow: %v", p.Steps)
		}
		last = n
	}
	if last < 1 {
		last = 1
	}
	return needFiles("idle", last, files)
}

// idleKinds are the connections that can be measured at rest.
var idleKinds = map[string]server.Work{"plain": server.TCP, "tls12": server.TLS, "tls13": server.TLS, kindWS: server.WSRoom}

// kindWS is connections of WebSocket.
const kindWS = "ws"

// Run carries out the plan. What goes wrong with one engine is kept in the results, and the others go on.
func (p IdlePlan) Run(ctx context.Context) []report.Idle {
	var all []report.Idle
	for _, kind := range p.Kinds {
		for _, name := range p.Engines {
			e, _ := server.Find(name)
			if !e.Does(idleKinds[kind]) || e.Why() != "" {
				continue
			}
			if ctx.Err() != nil {
				return all
			}
			res := report.Idle{Engine: name, Kind: kind}
			if err := p.one(ctx, &res); err != nil {
				res.Failed = err.Error()
			}
			all = append(all, res)
		}
	}
	if p.Progress != nil {
		fmt.Fprint(p.Progress, "\r\x1b[K")
	}
	return all
}

func (p IdlePlan) one(ctx context.Context, res *report.Idle) error {
	spec := server.Spec{Engine: res.Engine, Work: idleKinds[res.Kind]}
	if p.Profiles != "" {
		spec.Profile = filepath.Join(p.Profiles, "idle-"+res.Kind+"-"+strings.ReplaceAll(res.Engine, "/", "-")+".pprof")
	}
	proc, err := serve(spec, p.Place)
	if err != nil {
		return err
	}
	defer proc.stop()
	var holders []*holder
	defer func() {
		for _, h := range holders {
			h.stop()
		}
	}()
	// A first connection makes the server load what any connection needs, so that the first step is not charged with it.
	warm, err := newHolder(holderSpec{Addr: proc.Addr, Kind: res.Kind, Number: 0}, p.Place)
	if err != nil {
		return err
	}
	_, err = warm.ask(holderRequest{Open: 1})
	warm.stop()
	if err != nil {
		return err
	}
	if err := weighStep(proc, res, 0); err != nil {
		return err
	}
	held := 0
	for _, n := range p.Steps {
		for held < n {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if p.Progress != nil {
				fmt.Fprintf(p.Progress, "\r\x1b[Kidle %s, %s: %d of %d connections", res.Kind, res.Engine, held, p.Steps[len(p.Steps)-1])
			}
			k := held / idleStep
			if k == len(holders) {
				h, err := newHolder(holderSpec{Addr: proc.Addr, Kind: res.Kind, Number: k + 1}, p.Place)
				if err != nil {
					return err
				}
				holders = append(holders, h)
			}
			upTo := min(n, (k+1)*idleStep)
			if _, err := holders[k].ask(holderRequest{Open: upTo - k*idleStep}); err != nil {
				return fmt.Errorf("after %d connections: %w%s", held, err, proc.said)
			}
			held = upTo
		}
		if err := weighStep(proc, res, n); err != nil {
			return err
		}
	}
	if res.Kind == kindWS {
		return p.broadcast(ctx, res, proc, holders, held)
	}
	if p.Time == 0 {
		return nil
	}
	return p.active(res, holders, held)
}

// weighStep adds what the server weighs now.
func weighStep(proc *process, res *report.Idle, conns int) error {
	w, err := proc.weigh()
	if err != nil {
		return fmt.Errorf("the server does not tell what it weighs: %w%s", err, proc.said)
	}
	rss, _, err := proc.memory()
	if err != nil {
		return err
	}
	res.Steps = append(res.Steps, report.IdleStep{Conns: conns, RSS: rss, Heap: int64(w.Heap), Goroutines: w.Goroutines})
	return nil
}

// active has all clients echo on one in a hundred of their connections at the same time.
func (p IdlePlan) active(res *report.Idle, holders []*holder, held int) error {
	type answer struct {
		r   load.Result
		err error
	}
	answers := make(chan answer, len(holders)) // one from each
	for _, h := range holders {
		go func() { // ends with its answer
			r, err := h.ask(holderRequest{Echo: p.Time})
			answers <- answer{r, err}
		}()
	}
	var sum load.Result
	var failed error
	active := 0
	for range holders {
		a := <-answers
		if a.err != nil {
			failed = a.err
			continue
		}
		sum.Ops += a.r.Ops
		sum.Took = max(sum.Took, a.r.Took)
		sum.Latency.Merge(&a.r.Latency)
	}
	if failed != nil {
		return failed
	}
	for k := range holders {
		active += activeOf(min(held-k*idleStep, idleStep))
	}
	res.Active = &report.Active{
		Conns: active, Idle: held - active, Verified: sum.Ops, Rate: float64(sum.Ops) / sum.Took.Seconds(),
		P50: float64(sum.Latency.Quantile(0.5)), P99: float64(sum.Latency.Quantile(0.99)), P999: float64(sum.Latency.Quantile(0.999)),
	}
	return nil
}

func activeOf(conns int) int { return max(conns/100, 1) }
