// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wsgi

import (
	"container/list"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/cgienv"
	"github.com/torsion-go/torsion/web/internal/gateway"
)

// A ticket is a request that waits for a worker. It is granted one at most.
type ticket struct {
	loop  protocol.Loop
	place *list.Element // guarded by Service.mu; nil when it waits no longer
	grant func(w *worker)
	// refuse answers with 503. On the loop, like grant.
	refuse func()
}

// Render has a worker answer. From any loop, that of the request.
func (s *Service) Render(r *web.Request) {
	if s.cfg.MaxBody > 0 {
		r.SetMaxBody(s.cfg.MaxBody)
	}
	cgienv.ReadUpload(r, s.cfg.MaxGather, func(u *cgienv.Upload) {
		vars, err := cgienv.Variables(r, cgienv.Options{Length: u.Length})
		if err != nil {
			r.Error(400, "")
			return
		}
		if s.cfg.Params != nil {
			vars = cgienv.With(vars, s.cfg.Params(r))
		}
		s.take(r, func(w *worker) { s.serve(r, u, vars, w) })
	})
}

// IsLeaf returns true.
func (s *Service) IsLeaf() bool { return true }

// take calls serve with a worker: at once, or when one is free.
func (s *Service) take(r *web.Request, serve func(w *worker)) {
	s.mu.Lock()
	w, full := s.idle(), s.waiting.Len() >= s.cfg.Queue
	switch {
	case s.closed, w == nil && full:
		s.mu.Unlock()
		if s.refused.Add(1) == 1 {
			s.cfg.Logger.Warn("wsgi: no worker for a request: the first that is refused", "waiting", s.cfg.Queue)
		}
		busy(r)
		return
	case w != nil:
		s.assign(w)
		s.mu.Unlock()
		serve(w)
		return
	}
	loop, given := r.Loop(), (*worker)(nil)
	tk := &ticket{loop: loop}
	d := deferred.NewCancellable(loop, func(*deferred.Deferred[*worker]) { s.forget(tk) })
	tk.grant = func(w *worker) {
		if d.Callback(w) != nil || given == nil { // the client has left meanwhile
			s.release(w)
		}
	}
	tk.refuse = func() {
		s.refused.Add(1)
		d.Errback(&web.StatusError{Status: 503})
	}
	tk.place = s.waiting.PushBack(tk)
	s.mu.Unlock()

	var timer protocol.DelayedCall
	if limit := s.cfg.Timeouts.Queue; limit > 0 {
		timer = loop.CallLater(limit, func() {
			if s.forget(tk) {
				tk.refuse()
			}
		})
	}
	d.AddBoth(func(w *worker, err error) (*worker, error) {
		if timer != nil {
			timer.Cancel()
		}
		return w, err
	})
	web.Later(r, d, func(w *worker) {
		given = w
		serve(w)
	})
}

func busy(r *web.Request) {
	r.ResponseHeader().Set("Retry-After", "1")
	r.Error(503, "")
}

// forget takes a ticket back and reports whether it was waiting.
func (s *Service) forget(tk *ticket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if tk.place == nil {
		return false
	}
	s.waiting.Remove(tk.place)
	tk.place = nil
	s.checkIdle()
	return true
}

// idle returns the worker with the fewest requests, of several the one that has served least, or nil if all are busy. s.mu is held.
func (s *Service) idle() (best *worker) {
	for _, w := range s.workers {
		if w.ready && !w.retiring && w.active < s.cfg.Threads &&
			(best == nil || w.active < best.active || w.active == best.active && w.served < best.served) {
			best = w
		}
	}
	return best
}

// assign counts a request to w. s.mu is held.
func (s *Service) assign(w *worker) {
	w.active++
	w.served++
	if w.limit > 0 && w.served >= w.limit {
		w.retiring = true
		s.r.CallFromThread(func() { s.replace(w) })
	}
}

// next gives workers to those who wait. s.mu is held.
func (s *Service) next() {
	for s.waiting.Len() > 0 {
		w := s.idle()
		if w == nil {
			return
		}
		tk := s.waiting.Remove(s.waiting.Front()).(*ticket)
		tk.place = nil
		s.assign(w)
		tk.loop.CallFromThread(func() { tk.grant(w) })
	}
}

// release follows the end of a request in the worker.
func (s *Service) release(w *worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.active > 0 {
		w.active--
	}
	s.moved(w)
}

// moved looks what a change of w allows. s.mu is held.
func (s *Service) moved(w *worker) {
	s.next()
	switch {
	case w.stopping || !w.retiring || w.active > w.stuck:
	case w.active == 0:
		w.stopping = true
		s.r.CallFromThread(func() { w.end() })
	default:
		w.stopping = true
		s.r.CallFromThread(w.dump)
	}
	s.checkIdle()
}

// serve passes the request on to w.
func (s *Service) serve(r *web.Request, u *cgienv.Upload, vars []cgienv.Var, w *worker) {
	client, err := w.dial.Client(r.Loop())
	if err != nil {
		s.cfg.Logger.Error(err.Error())
		s.release(w)
		r.Error(502, "")
		return
	}
	s.g.Serve(r, gateway.Call{Client: client, Vars: vars, Upload: u, Done: func(o gateway.Outcome) {
		switch {
		case !o.Began: // the worker did not see it
			s.release(w)
		case o.TimedOut:
			s.hung(w)
		}
		// Otherwise the worker tells when its thread is free, which may be long after the client has left.
	}})
}

// hung follows a request that took too long: its thread is lost. The worker ends when the others are done.
func (s *Service) hung(w *worker) {
	s.cfg.Logger.Error("wsgi: a request took too long: the worker is replaced", "worker", w.n, "limit", s.cfg.Timeouts.Request)
	s.mu.Lock()
	defer s.mu.Unlock()
	w.stuck++
	if !w.retiring {
		w.retiring = true
		s.r.CallFromThread(func() { s.replace(w) })
	}
	s.moved(w)
}
