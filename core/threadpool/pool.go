// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package threadpool

import (
	"runtime/debug"
	"sync"

	"github.com/torsion-go/torsion/core/protocol"
)

// DefaultMax is the default of Config.Max. Twisted: ThreadPool.max.
const DefaultMax = 20

// A Config tells how a pool works. The zero value is ready to use.
type Config struct {
	// Max is how many functions run at a time. 0 means DefaultMax.
	Max int
	// Panic is called on the goroutine of a function that panicked. nil lets the panic end the program.
	Panic func(v any, stack []byte)
	// Go starts one piece of work, which calls exactly one of the functions. nil means a goroutine. A test that keeps the pieces and calls them itself decides what
	// runs when.
	Go func(work func())
}

// A Pool runs functions in the order in which they came.
type Pool struct {
	cfg  Config
	done chan struct{} // closed when the pool has quit and nothing runs

	mu      sync.Mutex
	max     int      // guarded by mu
	queue   []func() // guarded by mu
	busy    int      // guarded by mu: functions that run
	started bool     // guarded by mu
	quit    bool     // guarded by mu
}

// Stats are the numbers of a pool at one moment. Twisted: Team.statistics.
type Stats struct {
	Max     int // how many functions may run at a time
	Busy    int // how many do
	Backlog int // how many wait
}

// New returns a pool that has not started: functions wait.
func New(cfg Config) *Pool {
	if cfg.Max <= 0 {
		cfg.Max = DefaultMax
	}
	if cfg.Go == nil {
		cfg.Go = func(work func()) { go work() } // Stop waits for it
	}
	return &Pool{cfg: cfg, max: cfg.Max, done: make(chan struct{})}
}

// Start lets functions run. A second call does nothing.
func (p *Pool) Start() {
	p.mu.Lock()
	p.started = true
	p.dispatch()
}

// CallInThread runs f when it is its turn. After Quit f is ignored.
func (p *Pool) CallInThread(f func()) {
	p.mu.Lock()
	if !p.quit {
		p.queue = append(p.queue, f)
	}
	p.dispatch()
}

// CallMultipleInThread runs functions one after another as if they were one, except that one that panics does not keep the next from running.
func (p *Pool) CallMultipleInThread(fs ...func()) {
	p.CallInThread(func() {
		for _, f := range fs {
			p.run(f)
		}
	})
}

// CallInThreadWithCallback runs f, and then, on the same goroutine, done with its result. The result of a panic in f is a *protocol.PanicError. Twisted:
// callInThreadWithCallback.
func CallInThreadWithCallback[T any](p *Pool, f func() (T, error), done func(T, error)) {
	p.CallInThread(func() { done(protect(f)) })
}

// protect makes an error of a panic: whoever waits for f is to hear of its end.
func protect[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &protocol.PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	return f()
}

// Resize sets how many functions run at a time, at least 1. Those that run go on. Twisted: adjustPoolsize.
func (p *Pool) Resize(n int) {
	p.mu.Lock()
	p.max = max(n, 1)
	p.dispatch()
}

// Stats returns the pool's numbers. Twisted: dumpStats.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{Max: p.max, Busy: p.busy, Backlog: len(p.queue)}
}

// Quit takes no more functions. Those that are queued still run, unless the pool never started: then they are dropped.
func (p *Pool) Quit() {
	p.mu.Lock()
	if !p.started {
		p.queue = nil
	}
	p.quit = true
	p.dispatch()
}

// Done is closed after Quit, when the last function has returned.
func (p *Pool) Done() <-chan struct{} { return p.done }

// Stop quits and waits. It is not called by a function of the pool itself.
func (p *Pool) Stop() {
	p.Quit()
	<-p.done
}

// dispatch starts what may run and releases mu.
func (p *Pool) dispatch() {
	var begin []func()
	for p.started && p.busy < p.max && len(p.queue) > 0 {
		begin = append(begin, p.queue[0])
		p.queue[0] = nil
		p.queue = p.queue[1:]
		p.busy++
	}
	if p.quit && p.busy == 0 && len(p.queue) == 0 {
		select {
		case <-p.done:
		default:
			close(p.done)
		}
	}
	p.mu.Unlock()
	for _, f := range begin {
		p.cfg.Go(func() { p.work(f) })
	}
}

func (p *Pool) work(f func()) {
	defer func() { // also when f ends its goroutine
		p.mu.Lock()
		p.busy--
		p.dispatch()
	}()
	p.run(f)
}

func (p *Pool) run(f func()) {
	if p.cfg.Panic != nil {
		defer func() {
			if v := recover(); v != nil {
				p.cfg.Panic(v, debug.Stack())
			}
		}()
	}
	f()
}
