// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package form

import (
	"fmt"
	"os"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

const (
	pieceSize = 128 << 10 // bytes that are written at a time
	queueMax  = 2         // pieces that wait; with more the client is held up
)

var pieces = sync.Pool{New: func() any { b := make([]byte, 0, pieceSize); return &b }}

// A spooler writes files beside the loop: one job at a time, in their order. Loop only, but for the jobs.
type spooler struct {
	r       *web.Request
	loop    protocol.Loop
	threads deferred.Threads // nil if the loop has none: jobs run at once
	dir     string
	files   []*tempFile
	queue   []func() error
	busy    bool
	held    bool // the client is
	over    bool // the request is
	err     error
	failed  func(err error) // called once, not from inside of write
	idle    func()
}

func newSpooler(r *web.Request, dir string) *spooler {
	s := &spooler{r: r, loop: r.Loop(), dir: dir}
	s.threads, _ = s.loop.(deferred.Threads)
	return s
}

// write adds p to f, which is made by the first call.
func (s *spooler) write(f *tempFile, p []byte) {
	if !f.made {
		s.make(f)
	}
	for len(p) > 0 {
		if f.buf == nil {
			f.buf = *pieces.Get().(*[]byte)
		}
		n := min(pieceSize-len(f.buf), len(p))
		f.buf = append(f.buf, p[:n]...)
		if p = p[n:]; len(f.buf) == pieceSize {
			s.send(f)
		}
	}
}

// make has f made, and sees to its removal.
func (s *spooler) make(f *tempFile) {
	if s.files = append(s.files, f); len(s.files) == 1 {
		s.r.NotifyEnd(func(error) { s.remove() })
	}
	f.made = true
	s.do(func() (err error) {
		if f.f, err = os.CreateTemp(s.dir, "torsion-form-*"); err == nil { // with mode 0600
			f.path = f.f.Name()
		}
		return err
	})
}

// send has the gathered piece written.
func (s *spooler) send(f *tempFile) {
	b := f.buf
	f.buf = nil
	s.do(func() error {
		_, err := f.f.Write(b)
		b = b[:0]
		pieces.Put(&b)
		return err
	})
}

// end has what is left written and f closed.
func (s *spooler) end(f *tempFile) {
	if len(f.buf) > 0 {
		s.send(f)
	}
	s.do(func() error {
		file := f.f
		f.f = nil
		return file.Close()
	})
}

// do has job run after those before it. A job that is behind one that failed does not run.
func (s *spooler) do(job func() error) {
	if s.over || s.err != nil {
		return
	}
	s.queue = append(s.queue, job)
	if len(s.queue) > queueMax && !s.held && s.threads != nil {
		s.held = true
		s.r.PauseBody()
	}
	s.next()
}

func (s *spooler) next() {
	for !s.busy && len(s.queue) > 0 {
		job := s.queue[0]
		s.queue = s.queue[1:]
		s.busy = true
		if s.threads == nil {
			s.done(job())
			continue
		}
		s.threads.CallInThread(func() {
			err := job()
			s.loop.CallFromThread(func() {
				s.done(err)
				s.next()
			})
		})
	}
}

// done follows a job.
func (s *spooler) done(err error) {
	s.busy = false
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("form: write: %w", err)
		s.queue = nil
		if s.threads == nil { // in a call of write
			s.loop.CallLater(0, func() { s.failed(s.err) })
		} else {
			s.failed(s.err)
		}
	}
	if s.held && len(s.queue) < queueMax {
		s.held = false
		s.r.ResumeBody()
	}
	if s.over && len(s.queue) == 0 {
		s.clean()
		return
	}
	if s.idle != nil && len(s.queue) == 0 && s.err == nil {
		f := s.idle
		s.idle = nil
		f()
	}
}

// whenIdle calls f when all jobs are done, unless one fails.
func (s *spooler) whenIdle(f func()) {
	switch {
	case s.err != nil:
	case s.busy || len(s.queue) > 0:
		s.idle = f
	default:
		f()
	}
}

// remove removes the files, after the job that is running.
func (s *spooler) remove() {
	s.over, s.queue = true, nil
	if !s.busy {
		s.clean()
	}
}

func (s *spooler) clean() {
	files := s.files
	s.files = nil
	if len(files) == 0 {
		return
	}
	job := func() {
		for _, f := range files {
			if f.f != nil {
				f.f.Close()
			}
			if f.path != "" {
				os.Remove(f.path) // it may have been moved
			}
		}
	}
	if s.threads == nil {
		job()
		return
	}
	s.threads.CallInThread(job)
}
