// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/reactor"
)

// patience is when a test that waits for something gives up. It says nothing about speed.
const patience = 60 * time.Second

// A host is a main loop that is not the reactor's: a goroutine on a thread of its own that calls what was posted, one function after the other.
type host struct {
	mu    sync.Mutex
	queue []func()      // guarded by mu
	ended bool          // guarded by mu
	posts int           // guarded by mu: how often something was posted
	most  int           // guarded by mu: the most that were queued at a time
	bell  chan struct{} // room for one: look at the queue
}

func newHost() *host { return &host{bell: make(chan struct{}, 1)} }

// post has f called. Safe from any goroutine.
func (h *host) post(f func()) {
	h.mu.Lock()
	h.queue = append(h.queue, f)
	h.posts++
	h.most = max(h.most, len(h.queue))
	h.mu.Unlock()
	h.ring()
}

func (h *host) ring() {
	select {
	case h.bell <- struct{}{}:
	default:
	}
}

// quit makes main return. Safe from any goroutine.
func (h *host) quit() {
	h.mu.Lock()
	h.ended = true
	h.mu.Unlock()
	h.ring()
}

// main is the main loop.
func (h *host) main() {
	for f, on := h.next(); on; f, on = h.next() {
		if f != nil {
			f()
		} else {
			<-h.bell
		}
	}
}

func (h *host) next() (f func(), on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return nil, false
	}
	if len(h.queue) > 0 {
		f, h.queue = h.queue[0], h.queue[1:]
	}
	return f, true
}

// count returns how often something was posted, and how much was queued at most.
func (h *host) count() (posts, most int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.posts, h.most
}

// runHosted is Run in a host.
func runHosted(ctx context.Context, r *reactor.Reactor) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	h := newHost()
	hosted, err := r.StartHosted(h.post)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = r.Stop() })() // it may be stopping
	hosted.OnStop(h.quit)
	h.main()
	return hosted.Finish(context.Background())
}

// A stage is a reactor in a host, on a goroutine of its own.
type stage struct {
	*testing.T
	r      *reactor.Reactor
	host   *host
	hosted *reactor.Hosted // the host's thread's
	ended  chan error      // what Finish returned
}

// hostedStage returns a stage on which the reactor runs. Before it starts, prepare is called on the host's thread.
func hostedStage(t *testing.T, cfg reactor.Config, prepare func(s *stage)) *stage {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = quietLog
	}
	r, err := reactor.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return stageOf(t, r, prepare)
}

// stageOf is hostedStage for a reactor that is there.
func stageOf(t *testing.T, r *reactor.Reactor, prepare func(s *stage)) *stage {
	t.Helper()
	s := &stage{T: t, r: r, host: newHost(), ended: make(chan error, 1)}
	started := make(chan error)
	go func() { // ends with the reactor, for which the test waits
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if prepare != nil {
			prepare(s)
		}
		var err error
		s.hosted, err = r.StartHosted(s.host.post)
		started <- err
		if err != nil {
			return
		}
		s.hosted.OnStop(s.host.quit)
		s.host.main()
		s.ended <- s.hosted.Finish(context.Background())
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = r.Stop() // the test may have done it
		if err := s.wait(); err != nil {
			t.Errorf("the hosted reactor ended with %v", err)
		}
	})
	return s
}

// do calls f on the host's thread, between two passes, as a toolkit calls a button's handler, and waits for it.
func (s *stage) do(f func()) {
	s.Helper()
	done := make(chan struct{})
	s.host.post(func() { defer close(done); f() })
	s.receive(done)
}

func (s *stage) receive(ch <-chan struct{}) {
	s.Helper()
	select {
	case <-ch:
	case <-time.After(patience):
		s.Fatal("waited for nothing")
	}
}

// wait waits for the end.
func (s *stage) wait() error {
	s.Helper()
	select {
	case err := <-s.ended:
		s.ended <- err
		return err
	case <-time.After(patience):
		s.Fatal("the hosted reactor does not end")
		return nil
	}
}
