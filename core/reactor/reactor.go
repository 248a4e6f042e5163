// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/resolver"
	"github.com/torsion-go/torsion/core/threadpool"
)

// A Reactor is one or more loops with what they share: the life cycle, system events, signals, the thread pool and the bounds on connections. Its own methods are
// for its main loop, which is embedded, unless they say that they are safe from any goroutine.
type Reactor struct {
	*Loop // the main loop

	cfg       Config
	log       *slog.Logger
	newPoller func() (poll.Poller, error)
	now       func() time.Time
	pool      *threadpool.Pool
	loops     atomic.Pointer[[]*Loop] // the main loop first; replaced, never changed
	siblings  sync.WaitGroup          // the goroutines of the other loops
	state     atomic.Int32
	crash     atomic.Bool
	signal    atomic.Pointer[os.Signal]
	ids       atomic.Uint64 // the last connection's
	opened    atomic.Uint64 // the last port's
	count     atomic.Int64  // connections
	counters  counters
	resolvers resolver.Installed
	lines     lines

	mu          sync.Mutex
	factories   map[any]int // guarded by mu: how many ports and connectors use each
	pausedPorts []*Port     // guarded by mu

	// The main loop's.
	events   map[string]*event
	triggers uint64 // the last trigger's number
	driven   bool   // by Iterate
	told     bool   // that there are too few processors
	holder   uint64 // the thread that is locked for Iterate; 0 for none
	stopping bool   // the shutdown event was fired
	stopped  bool   // and is over
}

// The states of a reactor.
const (
	idle int32 = iota
	running
	stopAsked
	over
)

// New returns a reactor that does not run yet. Its pollers are open: a reactor that is never run has to be closed.
func New(cfg Config) (*Reactor, error) {
	name := cfg.Poller
	if name == "" {
		name = os.Getenv(EnvPoller)
	}
	anyNumber := cfg.MaxConnections == 0
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	source, err := poll.Find(name)
	if err != nil {
		return nil, fmt.Errorf("reactor: %w", err)
	}
	if source.Refused != "" {
		cfg.Logger.Debug("reactor: the poller asked for does not work here: another stands in", "refused", source.Refused)
	}
	r := &Reactor{
		cfg: cfg, log: cfg.Logger, newPoller: source.Open, now: source.Now,
		factories: map[any]int{}, events: map[string]*event{},
	}
	r.pool = threadpool.New(threadpool.Config{Max: cfg.ThreadPool, Panic: func(v any, stack []byte) {
		if args, ok := r.lines.panics.Allow(time.Now(), "panic", v, "stack", string(stack)); ok {
			r.log.Error("reactor: panic in a function of the thread pool", args...)
		}
	}})
	r.loops.Store(new([]*Loop))
	if err := r.grow(cfg.Loops); err != nil {
		r.closeLoops()
		return nil, fmt.Errorf("reactor: %w", err)
	}
	r.Loop = r.Loops()[0]
	if p, ok := r.poller.(poll.Limited); ok && anyNumber && p.MaxFiles() != 0 {
		r.cfg.MaxConnections = min(r.cfg.MaxConnections, mostOf(p.MaxFiles()))
	}
	r.checkProcessors()
	return r, nil
}

// Loops returns the loops, the main one first. The slice is not to be changed. Safe from any goroutine.
func (r *Reactor) Loops() []*Loop { return *r.loops.Load() }

// EnsureLoops adds loops until there are at least n. Ports that ask for them by ListenOptions.Loops use them from then on. Loop only.
func (r *Reactor) EnsureLoops(n int) error {
	loopcheck.Check(r.Loop, "reactor: EnsureLoops")
	if r.stopping || r.ended() {
		return ErrNotRunning
	}
	old := len(r.Loops())
	err := r.grow(n)
	r.checkProcessors()
	if r.state.Load() != idle && !r.driven {
		for _, l := range r.Loops()[old:] { // those that there are, even after an error
			r.startSibling(l)
		}
	}
	for _, l := range r.Loops()[:old] {
		l.CallFromThread(l.openMore)
	}
	if err != nil {
		return fmt.Errorf("reactor: EnsureLoops: %w", err)
	}
	return nil
}

func (r *Reactor) grow(n int) error {
	loops := append([]*Loop(nil), r.Loops()...)
	for len(loops) < n {
		l, err := newLoop(r, len(loops))
		if err != nil {
			return err
		}
		loops = append(loops, l)
		r.loops.Store(&loops)
	}
	return nil
}

// Connections returns how many stream connections all loops have. Safe from any goroutine.
func (r *Reactor) Connections() int { return int(r.count.Load()) }

// PollerName returns the name of the poller. Immutable. Safe from any goroutine.
func (r *Reactor) PollerName() string { return r.poller.Name() }

// Close closes a reactor that does not run: one that never ran, crashed, or was driven by Iterate. Ports and connections end as when the reactor stops, without
// a grace, and no system event is fired. It returns ErrAlreadyRunning inside Run and nil when there is nothing left to close.
func (r *Reactor) Close() error {
	r.control("Close")
	if r.Running() {
		return ErrAlreadyRunning
	}
	if r.state.Swap(over) == over && r.ended() {
		return nil
	}
	loops := r.Loops()
	lockThread(loops...)
	defer unlockThread(loops...)
	r.dropAll(protocol.Lost(ErrStopped))
	r.pool.Quit()
	if r.holder == 0 || r.holder == identity() {
		leave(loops...)
	}
	if r.holder != 0 && r.holder == identity() {
		r.holder = 0
		defer runtime.UnlockOSThread() // of hold
	}
	r.closeLoops()
	return nil
}

func (r *Reactor) closeLoops() {
	for _, l := range r.Loops() {
		l.end()
	}
}
