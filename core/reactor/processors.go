// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"context"
	"log/slog"
	"runtime"

	"github.com/torsion-go/torsion/core/internal/sys"
)

// LoopsAuto as Config.Loops means one loop for each processor that the Go scheduler uses, which is runtime.GOMAXPROCS: Go sets it to what the machine, the affinity mask
// and the container's limit leave to the process.
const LoopsAuto = -1

// checkProcessors tells, once, when there are too few processors for the loops and the rest of the program.
func (r *Reactor) checkProcessors() {
	loops, procs := len(r.Loops()), runtime.GOMAXPROCS(0)
	if r.told || loops < procs {
		return
	}
	level, msg := slog.LevelDebug, "reactor: as many loops as GOMAXPROCS: while all are busy, other goroutines wait for them"
	switch {
	case loops > procs:
		level, msg = slog.LevelWarn, "reactor: more loops than GOMAXPROCS: they wait for each other"
	case r.cfg.SpinWait > 0:
		level, msg = slog.LevelWarn, "reactor: as many spinning loops as GOMAXPROCS: other goroutines wait for them"
	}
	r.told = level > slog.LevelDebug
	r.log.Log(context.Background(), level, msg, "loops", loops, "GOMAXPROCS", procs)
}

// pin ties the calling thread, which runs the loop from now on, to its processor when Config.PinCPUs asks for that. undo gives the thread back as it was.
func (l *Loop) pin() (undo func()) {
	if !l.r.cfg.PinCPUs {
		return func() {}
	}
	cpus, err := sys.Processors()
	if err != nil {
		panic(err) // New asked
	}
	cpu := cpus[l.index%len(cpus)]
	unpin, err := sys.PinThread(cpu)
	if err != nil { // it was taken away from the process meanwhile
		l.r.log.Warn("reactor: cannot pin a loop to its processor", "loop", l.index, "cpu", cpu, "error", err)
		return func() {}
	}
	return func() {
		if err := unpin(); err != nil {
			l.r.log.Warn("reactor: cannot free a loop's thread from its processor", "loop", l.index, "cpu", cpu, "error", err)
		}
	}
}
