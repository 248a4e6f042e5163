// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package procmon

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
)

// Defaults of Options, and the length at which lines are cut, in bytes.
const (
	DefaultThreshold       = time.Second
	DefaultKillTime        = 5 * time.Second
	DefaultMinRestartDelay = time.Second
	DefaultMaxRestartDelay = time.Hour
	MaxLine                = 4096
)

// Options tell how a Monitor works. The zero Options are ready to use.
type Options struct {
	Threshold       time.Duration // how long a program has to run to be started again at once; 0 means DefaultThreshold
	KillTime        time.Duration // how long it has after SIGTERM; 0 means DefaultKillTime
	MinRestartDelay time.Duration // the first delay; 0 means DefaultMinRestartDelay
	MaxRestartDelay time.Duration // the longest; 0 means DefaultMaxRestartDelay
	// Logger receives the programs' output and what becomes of them. nil means slog.Default().
	Logger *slog.Logger
}

// A Monitor keeps programs running while it is started. Loop only. Twisted: ProcessMonitor.
type Monitor struct {
	loop     protocol.Loop
	opt      Options
	spawn    func(cfg process.Config, p process.Protocol) *deferred.Deferred[child]
	programs map[string]*program
	running  bool
}

var _ service.Service = (*Monitor)(nil)

// A child is what the Monitor needs of a *process.Transport.
type child interface {
	PID() int
	Terminate(grace time.Duration) *deferred.Deferred[struct{}]
}

// New returns a Monitor that is not started.
func New(r process.Reactor, o Options) *Monitor {
	return newMonitor(r, o, func(cfg process.Config, p process.Protocol) *deferred.Deferred[child] {
		return deferred.Then(process.Spawn(r, cfg, p), func(t *process.Transport) (child, error) { return t, nil })
	})
}

func newMonitor(loop protocol.Loop, o Options, spawn func(process.Config, process.Protocol) *deferred.Deferred[child]) *Monitor {
	for _, d := range []struct {
		value *time.Duration
		def   time.Duration
	}{{&o.Threshold, DefaultThreshold}, {&o.KillTime, DefaultKillTime}, {&o.MinRestartDelay, DefaultMinRestartDelay}, {&o.MaxRestartDelay, DefaultMaxRestartDelay}} {
		if *d.value <= 0 {
			*d.value = d.def
		}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Monitor{loop: loop, opt: o, spawn: spawn, programs: map[string]*program{}}
}

func (m *Monitor) check(method string) { loopcheck.Check(m.loop, "procmon: Monitor."+method) }

// Start starts all programs. It never fails: what cannot be started is logged and tried again.
func (m *Monitor) Start() *deferred.Deferred[struct{}] {
	m.check("Start")
	m.running = true
	for _, name := range m.Names() {
		p := m.programs[name]
		p.wanted = true
		p.start()
	}
	return deferred.SucceedOn(m.loop, struct{}{})
}

// Stop ends all programs and fires when they are gone.
func (m *Monitor) Stop() *deferred.Deferred[struct{}] {
	m.check("Stop")
	m.running = false
	var all []*deferred.Deferred[struct{}]
	for _, name := range m.Names() {
		all = append(all, m.programs[name].stop())
	}
	return m.each(all)
}

func (m *Monitor) each(all []*deferred.Deferred[struct{}]) *deferred.Deferred[struct{}] {
	if len(all) == 0 {
		return deferred.SucceedOn(m.loop, struct{}{})
	}
	return deferred.Then(deferred.Gather(all...), func([]struct{}) (struct{}, error) { return struct{}{}, nil })
}

// Add adds a program, and starts it if the Monitor is started. Descriptors 1 and 2 should be read, or there is nothing to log. The name has to be new.
func (m *Monitor) Add(name string, cfg process.Config) error {
	m.check("Add")
	if m.programs[name] != nil {
		return fmt.Errorf("procmon: add %q: there is such a program already", name)
	}
	cfg.ProcessGroup = true
	p := &program{m: m, name: name, cfg: cfg, delay: m.opt.MinRestartDelay, log: m.opt.Logger.With("program", name), wanted: m.running}
	m.programs[name] = p
	if m.running {
		p.start()
	}
	return nil
}

// Remove ends a program and forgets it. The Deferred fires when it is gone.
func (m *Monitor) Remove(name string) *deferred.Deferred[struct{}] {
	m.check("Remove")
	p, err := m.program("remove", name)
	if err != nil {
		return deferred.FailOn[struct{}](m.loop, err)
	}
	delete(m.programs, name)
	return p.stop()
}

// StartProgram starts a program now, also one that waits to be restarted or was stopped by StopProgram. One that runs is left alone. A Monitor that is
// not started is an error.
func (m *Monitor) StartProgram(name string) error {
	m.check("StartProgram")
	p, err := m.program("start", name)
	if err != nil {
		return err
	}
	if !m.running {
		return fmt.Errorf("procmon: start %q: the monitor is not started", name)
	}
	p.wanted = true
	p.start()
	return nil
}

// StopProgram ends a program, until StartProgram or Start. The Deferred fires when it is gone.
func (m *Monitor) StopProgram(name string) *deferred.Deferred[struct{}] {
	m.check("StopProgram")
	p, err := m.program("stop", name)
	if err != nil {
		return deferred.FailOn[struct{}](m.loop, err)
	}
	return p.stop()
}

// RestartProgram ends a program and starts it again at once. One that does not run is started.
func (m *Monitor) RestartProgram(name string) error {
	m.check("RestartProgram")
	if err := m.StartProgram(name); err != nil {
		return err
	}
	m.programs[name].restart()
	return nil
}

// RestartAll restarts all programs that run, as RestartProgram does.
func (m *Monitor) RestartAll() {
	m.check("RestartAll")
	for _, name := range m.Names() {
		m.programs[name].restart()
	}
}

// Names returns the names of all programs, sorted.
func (m *Monitor) Names() []string { return slices.Sorted(maps.Keys(m.programs)) }

// PID returns the number of a program's process, or 0 while it has none.
func (m *Monitor) PID(name string) int {
	m.check("PID")
	if p := m.programs[name]; p != nil && p.child != nil {
		return p.child.PID()
	}
	return 0
}

func (m *Monitor) program(what, name string) (*program, error) {
	if p := m.programs[name]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("procmon: %s %q: there is no such program", what, name)
}
