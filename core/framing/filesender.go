// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing

import (
	"io"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// FileChunk is the size in bytes of the pieces in which a file is sent. Twisted: FileSender.CHUNK_SIZE.
const FileChunk = 16384

// A Transfer tells what [SendFile] sent.
type Transfer struct {
	Bytes int64 // how many bytes were written, after the transform
	Last  byte  // the last of them; 0 when there were none
}

// SendFile writes what r has to c, as a pull producer: a piece of at most 16384 bytes each time that c has sent everything. transform, if not nil, is
// applied to each piece and returns what is sent in its place; it may change the piece and return it. The result comes when r has ended and everything was
// written and unregistered, not when the peer has it. It fails with r's error, or when c is lost before r has ended, or refuses the producer because it
// has one. Cancel ends the transfer; r is never closed.
//
// r is read on the loop: it should be a file or memory, not something that waits for others. Loop only. Twisted: FileSender.beginFileTransfer.
func SendFile(c protocol.Consumer, r io.Reader, transform func([]byte) []byte) *deferred.Deferred[Transfer] {
	var loop protocol.Loop
	if t, ok := c.(protocol.Transport); ok {
		loop = t.Loop()
	}
	s := &fileSender{c: c, r: r, transform: transform}
	s.d = deferred.NewCancellable(loop, func(*deferred.Deferred[Transfer]) { s.release() })
	if err := c.RegisterProducer(s, protocol.PullProducer); err != nil {
		s.c = nil
		s.finish(err)
	}
	return s.d
}

type fileSender struct {
	c         protocol.Consumer // nil when the transfer has ended
	r         io.Reader
	transform func([]byte) []byte
	d         *deferred.Deferred[Transfer]
	sent      Transfer
	ended     bool
	buf       []byte
}

func (s *fileSender) Pause() {}

func (s *fileSender) Resume() {
	if s.ended {
		return
	}
	if s.buf == nil {
		s.buf = make([]byte, FileChunk)
	}
	for range 100 {
		n, err := s.r.Read(s.buf)
		p := s.buf[:n]
		if n > 0 && s.transform != nil {
			p = s.transform(p)
		}
		if len(p) > 0 {
			if _, err := s.c.Write(p); err != nil {
				s.finish(err)
				return
			}
			if s.ended {
				return
			}
			s.sent.Bytes += int64(len(p))
			s.sent.Last = p[len(p)-1]
		}
		switch {
		case err == io.EOF:
			s.finish(nil)
			return
		case err != nil:
			s.finish(err)
			return
		case len(p) > 0:
			return
		}
	}
	s.finish(io.ErrNoProgress)
}

func (s *fileSender) Stop(reason error) {
	s.c = nil // it has let go of s
	s.finish(reason)
}

// release lets go of the consumer.
func (s *fileSender) release() {
	s.ended = true
	if s.c != nil {
		s.c.UnregisterProducer()
		s.c = nil
	}
	s.buf = nil
}

func (s *fileSender) finish(err error) {
	if s.ended {
		return
	}
	s.release()
	if err != nil {
		s.d.Errback(err)
		return
	}
	s.d.Callback(s.sent)
}
