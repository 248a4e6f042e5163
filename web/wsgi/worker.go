// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wsgi

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/gateway"
)

//go:embed worker.py
var workerSource []byte

// The worker's descriptors.
const (
	fdListen  = 3
	fdControl = 4
	fdStatus  = 5
)

// bootstrap reads settings and source from descriptor 4, which stays open: its end tells the worker that this process has gone.
const bootstrap = `import json,os
f=os.fdopen(4,"rb",closefd=False)
s=json.loads(f.readline())
exec(compile(f.read(s["source"]),"torsion-wsgi-worker.py","exec"),{"__name__":"__main__","SETTINGS":s})`

// settings are what a worker has to know.
type settings struct {
	Application string   `json:"application"`
	Path        []string `json:"path"`
	Threads     int      `json:"threads"`
	Workers     int      `json:"workers"`
	Source      int      `json:"source"` // bytes of the source that follows
}

// A worker is one process. It is idle when it is ready and serves less than Config.Threads requests.
type worker struct {
	process.Base
	s    *Service
	n    int
	dial gateway.Dialer
	path string

	// guarded by Service.mu
	ready    bool
	retiring bool // no more requests are for it
	stopping bool // its end has been asked for
	active   int  // requests that it has
	stuck    int  // of which the time has run out
	served   int
	limit    int // of served; 0 means none

	// of the service's loop
	t       *process.Transport
	started *deferred.Deferred[*worker] // until it is ready
	ended   []*deferred.Deferred[struct{}]
	gone    bool
	since   time.Time
	timer   protocol.DelayedCall
	out     process.Lines
	last    string // of what it wrote
}

const maxLogLine = 4096

// spawn starts a worker. The result is ready.
func (s *Service) spawn() *deferred.Deferred[*worker] {
	s.number++
	w := &worker{s: s, n: s.number}
	w.out = process.Lines{Max: maxLogLine, Line: w.line}
	w.path = filepath.Join(s.dir, strconv.Itoa(w.n))
	w.dial.Dial = func(loop protocol.Loop) (endpoint.Client, error) {
		r, ok := loop.(endpoint.Reactor)
		if !ok {
			return nil, fmt.Errorf("wsgi: the loop of the connection is no endpoint.Reactor")
		}
		return endpoint.ClientFromString(r, "unix:"+endpoint.Quote(w.path))
	}
	w.started = deferred.New[*worker](s.r)
	s.all[w] = struct{}{}
	socket := deferred.ToThread(s.r, w.listen)
	socket.Done(func(f *os.File, err error) {
		if err != nil {
			w.over(err)
			return
		}
		if s.stopped {
			f.Close()
			w.over(errStopped)
			return
		}
		w.start(f)
	})
	return w.started
}

// listen makes the socket that the worker inherits. Nobody else can reach it: the directory is its owner's alone.
func (w *worker) listen() (*os.File, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: w.path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	defer l.Close()
	l.SetUnlinkOnClose(false) // File has a descriptor of its own
	return l.File()
}

func (w *worker) start(socket *os.File) {
	cfg := &w.s.cfg
	spawned := process.Spawn(w.s.r, process.Config{
		Path: cfg.Python, Args: []string{cfg.Python, "-u", "-c", bootstrap}, Env: cfg.environment(), Dir: cfg.Dir, User: cfg.User, ProcessGroup: true,
		Descriptors: map[int]process.Descriptor{1: process.Read, 2: process.Read, fdListen: process.Inherit(socket), fdControl: process.Write, fdStatus: process.Read},
		Limits:      memoryLimit(cfg.MaxMemory), Logger: cfg.Logger,
	}, w)
	spawned.Done(func(_ *process.Transport, err error) {
		socket.Close() // so that what waits there ends with the worker
		if err != nil {
			w.over(err)
		}
	})
}

// ConnectionMade hands the program over.
func (w *worker) ConnectionMade(t *process.Transport) {
	w.t = t
	cfg := &w.s.cfg
	head, err := json.Marshal(settings{cfg.Application, append([]string{cfg.Dir}, cfg.Path...), cfg.Threads, cfg.Workers, len(workerSource)})
	if err != nil {
		panic(err) // strings and numbers
	}
	t.WriteToChild(fdControl, append(append(head, '\n'), workerSource...))
	if d := cfg.Timeouts.Start; d > 0 {
		w.timer = w.s.r.CallLater(d, func() {
			cfg.Logger.Error("wsgi: the application takes too long to load", "worker", w.n, "limit", d)
			w.dump()
		})
	}
	if w.s.stopped {
		t.Terminate(-1)
	}
}

// ChildDataReceived takes events and text for the log.
func (w *worker) ChildDataReceived(_ *process.Transport, fd int, p []byte) {
	if fd != fdStatus {
		w.out.Write(p)
		return
	}
	for _, event := range p {
		switch event {
		case 'R':
			w.since = w.s.r.Now()
			if w.timer != nil {
				w.timer.Cancel()
			}
			if d := w.started; d != nil {
				w.started = nil
				d.Callback(w)
			}
		case '.':
			w.s.release(w)
		case 'S':
			w.s.retire(w)
		}
	}
}

func (w *worker) line(line []byte) {
	w.last = string(line)
	w.s.cfg.Logger.Info("wsgi: worker says", "worker", w.n, "text", w.last)
}

// ProcessExited follows the end, also if the application has left children with the pipes.
func (w *worker) ProcessExited(t *process.Transport, reason error) {
	// What it wrote last is on its way still; who holds the pipes open besides has a moment.
	if w.timer != nil {
		w.timer.Cancel()
	}
	w.s.lose(w)
	w.timer = w.s.r.CallLater(lastWords, func() { t.LoseConnection() })
}

const lastWords = time.Second

// ProcessEnded is the end of everything.
func (w *worker) ProcessEnded(_ *process.Transport, reason error) {
	if w.timer != nil {
		w.timer.Cancel()
	}
	w.out.Flush()
	w.over(reason)
}

// A LoadError tells why a worker ended before it was ready. The whole of what Python said is in the log.
type LoadError struct {
	Application string
	Text        string // the last line of the traceback
	Err         error  // how the worker ended
}

// Error tells all of it.
func (e *LoadError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("wsgi: application %q does not load: %v", e.Application, e.Err)
	}
	return fmt.Sprintf("wsgi: application %q does not load: %s (%v)", e.Application, e.Text, e.Err)
}

// Unwrap returns how the worker ended.
func (e *LoadError) Unwrap() error { return e.Err }

// over follows the end of a worker, or of the attempt to start one.
func (w *worker) over(reason error) {
	if w.gone {
		return
	}
	w.gone = true
	delete(w.s.all, w)
	w.s.lose(w)
	if d := w.started; d != nil {
		w.started = nil
		if !errors.Is(reason, errStopped) {
			reason = &LoadError{w.s.cfg.Application, w.last, reason}
		}
		d.Errback(reason)
	}
	path := w.path
	deferred.ToThread(w.s.r, func() (struct{}, error) { return struct{}{}, os.Remove(path) }).Done(func(struct{}, error) {
		for _, d := range w.ended {
			d.Callback(struct{}{})
		}
		w.s.died(w, reason)
	})
}

// end asks the worker to finish what it has, and kills it after the grace time. It fires when it has gone.
func (w *worker) end() *deferred.Deferred[struct{}] {
	d := deferred.New[struct{}](w.s.r)
	if w.gone {
		d.Callback(struct{}{})
		return d
	}
	w.ended = append(w.ended, d)
	if w.t != nil {
		w.t.Terminate(w.s.cfg.Timeouts.Grace)
	}
	return d
}

// dump ends a worker that hangs: Python writes the stacks of its threads when it is aborted.
func (w *worker) dump() {
	if w.gone || w.t == nil || w.t.PID() == 0 {
		return
	}
	_ = w.t.Signal(syscall.SIGABRT) // it may have ended just now
	t := w.t
	w.s.r.CallLater(lastWords, func() { t.Terminate(-1) })
}
