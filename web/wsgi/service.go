// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wsgi

import (
	"container/list"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/fcgi"
	"github.com/torsion-go/torsion/web/internal/gateway"
)

// A Reactor is what a Service needs: *reactor.Reactor is one.
type Reactor interface {
	process.Reactor
	endpoint.Reactor
}

// A Service is a Leaf that has the workers answer, and the service that runs them. Its methods are loop only, except for Render, Stats and IsLeaf.
//
// A worker that dies is replaced, with a delay that grows while that does not help; what it was serving is answered with 502. Reload starts new workers, and lets the old
// ones finish when the new ones are ready; if the application does not load any more, the old ones go on.
type Service struct {
	r   Reactor
	cfg Config
	g   *gateway.Gateway

	mu      sync.Mutex
	workers []*worker  // guarded by mu, like the rest of this group: those that requests are for, ready or not
	waiting *list.List // of *ticket
	closed  bool       // no requests are taken
	drained []*deferred.Deferred[struct{}]

	refused, restarts atomic.Int64

	// of the loop
	dir      string
	all      map[*worker]struct{} // every process that there is
	number   int
	stopped  bool
	failures int
	failure  error
}

var errStopped = service.ErrStopped

// New returns a Service that runs an application on r. The error is one of the configuration.
func New(r Reactor, cfg Config) (*Service, error) {
	cfg, err := cfg.prepared()
	if err != nil {
		return nil, err
	}
	return &Service{
		r: r, cfg: cfg, all: make(map[*worker]struct{}), waiting: list.New(), stopped: true,
		g: gateway.New(gateway.Config{
			Name: "wsgi", Wire: func() gateway.Wire { return new(fcgi.Wire) }, MaxHeader: cfg.MaxHeader, Logger: cfg.Logger, MaxActive: 2*cfg.Workers*cfg.Threads + 1024,
			Timeouts: gateway.Timeouts{First: cfg.Timeouts.Request, Between: cfg.Timeouts.Request},
		}),
	}, nil
}

// Start starts the workers and fires when all have loaded the application; or with a *LoadError or *process.StartError. Requests that come before, since the port was opened,
// wait as for a worker.
func (s *Service) Start() *deferred.Deferred[struct{}] {
	s.stopped, s.failures, s.failure = false, 0, nil
	s.mu.Lock()
	s.closed = false
	s.mu.Unlock()
	dir := deferred.ToThread(s.r, func() (string, error) {
		dir, err := os.MkdirTemp("", "torsion-wsgi-") // for this user alone
		if err != nil {
			return "", fmt.Errorf("wsgi: directory for sockets: %w", err)
		}
		return dir, nil
	})
	all := deferred.ThenD(dir, func(dir string) *deferred.Deferred[[]*worker] {
		s.dir = dir
		return s.generation()
	})
	return deferred.ThenBoth(all, func(workers []*worker, err error) (struct{}, error) {
		if s.stopped {
			err = errStopped
		}
		if err != nil {
			s.stopped = true
			s.refuse()
			s.removeDir()
			return struct{}{}, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.workers = workers
		s.next()
		s.cfg.Logger.Info("wsgi: serving", "application", s.cfg.Application, "workers", len(workers), "threads", s.cfg.Threads)
		return struct{}{}, nil
	})
}

// generation starts as many workers as there are to be. If one fails the others end, and the result is its error.
func (s *Service) generation() *deferred.Deferred[[]*worker] {
	started := make([]*deferred.Deferred[*worker], s.cfg.Workers)
	for i := range started {
		started[i] = s.spawn()
	}
	return deferred.ThenD(deferred.All(started...), func(results deferred.Results[*worker]) *deferred.Deferred[[]*worker] {
		var (
			ready  []*worker
			failed error
			ends   []*deferred.Deferred[struct{}]
		)
		for w, err := range results.All() {
			if err == nil {
				ready = append(ready, w)
			} else if failed == nil {
				failed = err
			}
		}
		if failed == nil {
			for _, w := range ready {
				s.enlist(w)
			}
			return deferred.SucceedOn(s.r, ready)
		}
		for _, w := range ready {
			w.retiring = true
			ends = append(ends, w.end())
		}
		return deferred.ThenBoth(deferred.All(ends...), func(deferred.Results[struct{}], error) ([]*worker, error) { return nil, failed })
	})
}

// enlist makes w ready for requests.
func (s *Service) enlist(w *worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.ready = true
	if n := s.cfg.MaxRequests; n > 0 {
		w.limit = max(n-n/10+rand.IntN(n/5+1), 1)
	}
}

// Reload starts new workers, and has the old ones finish when they are ready.
func (s *Service) Reload() *deferred.Deferred[struct{}] {
	return deferred.Then(s.generation(), func(fresh []*worker) (struct{}, error) {
		if s.stopped {
			for _, w := range fresh {
				w.end()
			}
			return struct{}{}, errStopped
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		old := s.workers
		s.workers = fresh
		for _, w := range old {
			w.retiring = true
			s.moved(w)
			s.r.CallLater(max(s.cfg.Timeouts.Grace, 0), func() { w.end() })
		}
		s.next()
		s.failures, s.failure = 0, nil
		s.cfg.Logger.Info("wsgi: reloaded", "application", s.cfg.Application, "workers", len(fresh))
		return struct{}{}, nil
	})
}

// retire follows when a worker wants no more requests.
func (s *Service) retire(w *worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !w.retiring {
		w.retiring, w.stopping = true, true
		s.r.CallFromThread(func() { s.replace(w) })
	}
}

// replace starts another worker in the place of one that retires.
func (s *Service) replace(w *worker) {
	if s.stopped || !s.drop(w) {
		return
	}
	s.restore()
}

// drop takes w off the list, and reports whether it was on it.
func (s *Service) drop(w *worker) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.workers, w)
	if i < 0 {
		return false
	}
	s.workers = slices.Delete(slices.Clone(s.workers), i, i+1)
	return true
}

// lose follows the death of a worker: no request is for it any more.
func (s *Service) lose(w *worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.ready, w.active, w.stopping = false, 0, true
	s.checkIdle()
}

// steady is how long a worker has to live for its death to count as the first.
const steady = 10 * time.Second

// died follows when all is gone of a worker.
func (s *Service) died(w *worker, reason error) {
	if s.stopped || !s.drop(w) {
		return
	}
	s.cfg.Logger.Error("wsgi: a worker died", "worker", w.n, "error", reason)
	s.failure = reason
	if s.failures++; !w.since.IsZero() && s.r.Now().Sub(w.since) >= steady {
		s.failures = 0
	}
	s.restore()
}

// restore starts a worker that is missing, after a delay if that has failed before.
func (s *Service) restore() {
	s.restarts.Add(1)
	again := func() {
		if s.stopped {
			return
		}
		s.spawn().Done(func(w *worker, err error) {
			switch {
			case err != nil && s.stopped:
			case err != nil:
				s.cfg.Logger.Error("wsgi: a worker does not start", "error", err)
				s.failure = err
				s.failures++
				s.restore()
			case s.stopped:
				w.end()
			default:
				s.failure = nil
				s.enlist(w)
				s.mu.Lock()
				defer s.mu.Unlock()
				s.workers = append(slices.Clone(s.workers), w)
				s.next()
			}
		})
	}
	if s.failures == 0 {
		again()
		return
	}
	s.r.CallLater(s.cfg.Backoff(s.failures), again)
}

// Drain refuses new requests, with 503, and fires when none is left.
func (s *Service) Drain() *deferred.Deferred[struct{}] {
	d := deferred.New[struct{}](s.r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.drained = append(s.drained, d)
	s.checkIdle()
	return d
}

// checkIdle tells those who drain when nothing is left. s.mu is held.
func (s *Service) checkIdle() {
	if len(s.drained) == 0 || s.waiting.Len() > 0 || slices.ContainsFunc(s.workers, func(w *worker) bool { return w.active > 0 }) {
		return
	}
	drained := s.drained
	s.drained = nil
	s.r.CallFromThread(func() {
		for _, d := range drained {
			d.Callback(struct{}{})
		}
	})
}

// Stop refuses requests, lets the workers finish theirs for Timeouts.Grace, and fires when all have gone.
func (s *Service) Stop() *deferred.Deferred[struct{}] {
	s.stopped = true
	s.refuse()
	var ends []*deferred.Deferred[struct{}]
	for w := range s.all {
		ends = append(ends, w.end())
	}
	return deferred.ThenD(deferred.All(ends...), func(deferred.Results[struct{}]) *deferred.Deferred[struct{}] { return s.removeDir() })
}

// refuse takes no more requests, and refuses those that wait.
func (s *Service) refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.workers = true, nil
	for s.waiting.Len() > 0 {
		tk := s.waiting.Remove(s.waiting.Front()).(*ticket)
		tk.place = nil
		tk.loop.CallFromThread(tk.refuse)
	}
	s.checkIdle()
}

func (s *Service) removeDir() *deferred.Deferred[struct{}] {
	dir := s.dir
	s.dir = ""
	return deferred.ToThread(s.r, func() (struct{}, error) {
		if dir == "" {
			return struct{}{}, nil
		}
		return struct{}{}, os.RemoveAll(dir)
	})
}

// Health tells why workers are missing.
func (s *Service) Health() error {
	if s.failure == nil {
		return nil
	}
	return fmt.Errorf("wsgi: a worker is missing: %w", s.failure)
}

// Ready tells whether there is a worker at all.
func (s *Service) Ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.workers, func(w *worker) bool { return w.ready }) {
		return nil
	}
	return errors.New("wsgi: no worker is ready")
}

// Stats counts what a Service has done.
type Stats struct {
	Requests int64 // passed on to workers
	Active   int64 // at this moment
	Waiting  int   // for a worker
	Workers  int   // that are ready
	Restarts int64 // of workers that died, hung, or had served Config.MaxRequests
	Failed   int64 // answered with 502, or cut off
	TimedOut int64 // answered with 504, or cut off
	Refused  int64 // answered with 503
}

// Stats returns the counters. Safe from any goroutine.
func (s *Service) Stats() Stats {
	g := s.g.Stats()
	st := Stats{
		Requests: g.Requests, Active: g.Active, Failed: g.Failed, TimedOut: g.TimedOut, Refused: g.Refused + s.refused.Load(), Restarts: s.restarts.Load(),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Waiting = s.waiting.Len()
	for _, w := range s.workers {
		if w.ready {
			st.Workers++
		}
	}
	return st
}

var (
	_ web.Leaf         = (*Service)(nil)
	_ service.Drainer  = (*Service)(nil)
	_ service.Reloader = (*Service)(nil)
	_ service.Checker  = (*Service)(nil)
	_ service.Readier  = (*Service)(nil)
)
