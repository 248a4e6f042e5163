// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch

import (
	"cmp"
	"errors"

	"github.com/torsion-go/torsion/core/deferred"
)

// stream writes the body. It is held up while a piece is written.
func (f *file) stream(co *deferred.Coroutine, res *Response) error {
	loop := f.c.loop
	total := int64(-1)
	if res.Length >= 0 {
		total = f.size + res.Length
	}
	if f.o.MaxSize > 0 && total > f.o.MaxSize {
		res.StopBody()
		return res.failure(ErrTooLarge)
	}
	s := &stream{f: f, res: res, total: total}
	s.done = deferred.NewCancellable(loop, func(*deferred.Deferred[struct{}]) { res.StopBody() })
	res.StreamBody(s.data, s.end)
	_, err := deferred.Await(co, s.done)
	return err
}

// A stream is a body that is being written. What came while a piece was written is in next.
type stream struct {
	f       *file
	res     *Response
	total   int64
	next    []byte
	spare   []byte
	writing bool
	ended   bool
	err     error
	done    *deferred.Deferred[struct{}]
}

// writeSize is how many bytes are gathered before they are written.
const writeSize = 128 << 10

func (s *stream) data(p []byte) {
	if s.err != nil || s.done.Called() {
		return
	}
	if s.f.o.MaxSize > 0 && s.f.size+int64(len(s.next)+len(p)) > s.f.o.MaxSize {
		s.err = s.res.failure(ErrTooLarge)
		s.res.StopBody()
		return
	}
	s.next = append(s.next, p...)
	switch {
	case s.writing:
		s.res.PauseBody()
	case len(s.next) >= writeSize:
		s.write()
	}
}

// write has what was gathered written.
func (s *stream) write() {
	p := s.next
	s.next, s.writing = s.spare[:0], true
	s.f.beside(func() error {
		_, err := s.f.f.Write(p)
		return err
	}).Done(func(_ struct{}, err error) {
		s.writing, s.spare = false, p
		if err != nil && s.err == nil {
			s.err = err
			if !s.ended {
				s.res.StopBody()
			}
		}
		if err == nil {
			s.f.size += int64(len(p))
			if s.f.o.Received != nil {
				s.f.o.Received(s.f.size, s.total)
			}
		}
		s.proceed()
	})
}

func (s *stream) end(err error) {
	s.ended = true
	s.err = cmp.Or(s.err, err)
	s.proceed()
}

// proceed does what can be done when nothing is being written.
func (s *stream) proceed() {
	switch {
	case s.writing || s.done.Called():
	case s.err != nil && s.ended && len(s.next) > 0 && s.f.o.Resume && !errors.Is(s.err, ErrTooLarge):
		s.write() // what has come before it was cut off
	case s.err != nil && s.ended:
		s.done.Errback(s.err)
	case s.err != nil:
	case len(s.next) >= writeSize || s.ended && len(s.next) > 0:
		s.write()
		if !s.ended {
			s.res.ResumeBody()
		}
	case s.ended:
		s.done.Callback(struct{}{})
	default:
		s.res.ResumeBody()
	}
}
