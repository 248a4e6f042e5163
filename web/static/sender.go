// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"io"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// sendSize is how much is read and written at a time. Bodies up to it are read on the loop: the bound on what one request can take of a pass.
const sendSize = 65536

var sendBuffers = sync.Pool{New: func() any { b := make([]byte, sendSize); return &b }}

// A sender is the pull producer that sends pieces of a content. Loop only, but for read.
type sender struct {
	r       *web.Request
	c       *content
	pieces  []piece
	threads deferred.Threads // nil if the loop has none
	buf     *[]byte
	reading bool // a thread uses buf and the content
	stopped bool
}

func newSender(r *web.Request, c *content, pieces []piece) *sender {
	s := &sender{r: r, c: c, pieces: pieces, buf: sendBuffers.Get().(*[]byte)}
	s.threads, _ = r.Loop().(deferred.Threads)
	return s
}

// all sends everything at once.
func (s *sender) all() {
	for len(s.pieces) > 0 {
		n, err := s.read()
		s.wrote(n)
		if err != nil {
			s.r.Abort()
			break
		}
	}
	s.close()
}

// start has the transport ask for one part after another.
func (s *sender) start() {
	s.r.NotDoneYet()
	s.r.RegisterProducer(s, protocol.PullProducer) // an error has stopped s
}

// read fills buf from the first piece, whose text is shorter than it, and returns the number of bytes.
func (s *sender) read() (int, error) {
	p := &s.pieces[0]
	n := copy(*s.buf, p.text)
	want := int(min(int64(sendSize-n), p.length))
	if want == 0 {
		return n, nil
	}
	k, err := s.c.at.ReadAt((*s.buf)[n:n+want], p.start)
	if k == want {
		err = nil // an EOF right behind it
	} else if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF // the file has become shorter
	}
	return n + k, err
}

// wrote writes the first n bytes of buf and moves on.
func (s *sender) wrote(n int) {
	p := &s.pieces[0]
	s.r.Write((*s.buf)[:n])
	n -= len(p.text)
	p.text = ""
	p.start += int64(n)
	if p.length -= int64(n); p.length <= 0 {
		s.pieces = s.pieces[1:]
	}
}

// Resume sends one part.
func (s *sender) Resume() {
	switch {
	case s.stopped || s.reading:
	case s.threads == nil:
		s.part(s.read())
	default:
		s.reading = true
		s.threads.CallInThread(func() {
			n, err := s.read()
			s.threads.CallFromThread(func() {
				if s.reading = false; s.stopped {
					s.close()
					return
				}
				s.part(n, err)
			})
		})
	}
}

func (s *sender) part(n int, err error) {
	if s.wrote(n); s.stopped { // by the write
		return
	}
	switch {
	case err != nil:
		s.r.Abort() // stops s, later: the transport does
	case len(s.pieces) == 0:
		s.stopped = true
		s.close()
		s.r.UnregisterProducer()
		s.r.Finish()
	}
}

// Pause does nothing: a part is sent when it is asked for.
func (s *sender) Pause() {}

// Stop ends the sending.
func (s *sender) Stop(error) {
	if s.stopped {
		return
	}
	s.stopped = true
	if !s.reading {
		s.close()
	}
}

func (s *sender) close() {
	s.c.closer.Close()
	sendBuffers.Put(s.buf)
	s.buf = nil
}

var _ protocol.Producer = (*sender)(nil)
