// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd

import (
	"cmp"
	"slices"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
)

// A Server is the service that starts programs. Loop only. Twisted: runner.inetd.InetdService.
type Server struct {
	r   Reactor
	cfg Config

	listeners map[string]*listener
	jobs      map[*job]struct{} // also those of services that are gone
	full      loglimit.Limit

	bound, running bool
	turn           int // grows by Stop: what was under way does not count
	loading        *deferred.Deferred[[]*spec]
	reload         *deferred.Lock
	gone           []*deferred.Deferred[struct{}]
}

var (
	_ service.Binder   = (*Server)(nil)
	_ service.Reloader = (*Server)(nil)
)

// New returns a Server that is not started. Its children and connections belong to r.
func New(r Reactor, cfg Config) *Server {
	return &Server{r: r, cfg: cfg.prepared(r), listeners: map[string]*listener{}, jobs: map[*job]struct{}{}, reload: deferred.NewLock(r)}
}

func (s *Server) check(method string) { loopcheck.Check(s.r, "inetd: Server."+method) }

func (s *Server) done() *deferred.Deferred[struct{}] { return deferred.SucceedOn(s.r, struct{}{}) }

// Bind reads the files and opens the sockets; programs start after Start. An error joins a *LineError for each line that is wrong, names a program or user that there is not, or
// has a socket that cannot be opened. Then nothing is left open.
func (s *Server) Bind() *deferred.Deferred[struct{}] {
	s.check("Bind")
	if s.bound {
		return s.done()
	}
	return s.load(s.adopt)
}

// Start serves, and binds before unless Bind has.
func (s *Server) Start() *deferred.Deferred[struct{}] {
	s.check("Start")
	turn := s.turn
	return deferred.Then(s.Bind(), func(struct{}) (struct{}, error) {
		if turn != s.turn {
			return struct{}{}, service.ErrStopped
		}
		s.running = true
		s.update()
		return struct{}{}, nil
	})
}

// Reload reads the files again. New services are opened, those that are gone closed, and those that stay keep their socket, whatever else of them has changed; a
// service that was switched off is opened again. Children go on. After an error, which is one of those of Bind, everything is as it was.
func (s *Server) Reload() *deferred.Deferred[struct{}] {
	s.check("Reload")
	return deferred.RunWith(s.reload, func() *deferred.Deferred[struct{}] {
		if !s.bound {
			return s.done()
		}
		return s.load(s.adopt)
	})
}

// load reads the files on another thread and calls use with what they say.
func (s *Server) load(use func([]*spec) error) *deferred.Deferred[struct{}] {
	turn := s.turn
	s.loading = deferred.ToThread(s.r, s.cfg.load)
	return deferred.ThenBoth(s.loading, func(specs []*spec, err error) (struct{}, error) {
		if turn != s.turn {
			return struct{}{}, service.ErrStopped
		}
		s.loading = nil
		if err == nil {
			err = use(specs)
		}
		return struct{}{}, err
	})
}

// adopt makes specs what is served. All that is new is opened before anything is closed.
func (s *Server) adopt(specs []*spec) error {
	sockets := make([]*socket, len(specs))
	closeAll := func() {
		for _, k := range sockets {
			if k != nil {
				k.close()
			}
		}
	}
	for i, e := range specs {
		if old := s.listeners[e.key()]; old != nil && old.socket != nil {
			continue
		}
		k, err := e.open()
		if err != nil {
			closeAll()
			return &LineError{s.cfg.File, e.Line, err}
		}
		sockets[i] = k
	}
	old := s.listeners
	s.listeners, s.bound = map[string]*listener{}, true
	for i, e := range specs {
		key := e.key()
		l := old[key]
		if l == nil {
			l = &listener{s: s}
		}
		delete(old, key)
		if sockets[i] != nil {
			l.opened(sockets[i])
		}
		l.become(e)
		s.listeners[key] = l
	}
	for _, l := range old {
		l.close()
	}
	s.update()
	return nil
}

// update has every listener see whether it is to listen.
func (s *Server) update() {
	for _, l := range s.listeners {
		l.update()
	}
}

// Stop closes all sockets, ends all children by SIGTERM, and SIGKILL after the grace, with their process groups, and fires when they are gone.
func (s *Server) Stop() *deferred.Deferred[struct{}] {
	s.check("Stop")
	s.turn++
	s.bound, s.running = false, false
	if d := s.loading; d != nil {
		s.loading = nil
		d.Cancel()
	}
	for key, l := range s.listeners {
		delete(s.listeners, key)
		l.close()
	}
	for j := range s.jobs {
		j.stop()
	}
	if len(s.jobs) == 0 {
		return s.done()
	}
	d := deferred.New[struct{}](s.r)
	s.gone = append(s.gone, d)
	return d
}

// end forgets a job.
func (s *Server) end(j *job) {
	if j.over {
		return
	}
	j.over = true
	wasFull := len(s.jobs) >= s.cfg.MaxChildren
	delete(s.jobs, j)
	j.l.jobs--
	if j.lent {
		j.l.lent = false
	}
	if wasFull {
		s.update()
	} else {
		j.l.update()
	}
	if len(s.jobs) == 0 {
		gone := s.gone
		s.gone = nil
		for _, d := range gone {
			d.Callback(struct{}{})
		}
	}
}

// A Status tells of one service.
type Status struct {
	Entry Entry
	// Addr is where it listens. The zero Addr while it is switched off.
	Addr protocol.Addr
	// Children is how many programs or internal connections there are now.
	Children int
	// Started, Failed, Full and SwitchedOff count the programs and connections, those that could not be started, how often there were too many, and how often the service was
	// switched off.
	Started, Failed, Full, SwitchedOff int64
}

// Services tells of all services, in the order of their lines.
func (s *Server) Services() []Status {
	s.check("Services")
	var all []Status
	for _, l := range s.listeners {
		st := l.status
		st.Entry, st.Children = l.spec.Entry, l.jobs
		if l.socket != nil {
			st.Addr = l.socket.addr
		}
		all = append(all, st)
	}
	slices.SortFunc(all, func(a, b Status) int { return cmp.Compare(a.Entry.Line, b.Entry.Line) })
	return all
}
