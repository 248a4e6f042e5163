// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// sendSize is how much of a file is read and written at a time.
const sendSize = 65536

var sendBuffers = sync.Pool{New: func() any { b := make([]byte, sendSize); return &b }}

// A fileStream is a stream that may be able to send files by itself. The error means that nothing was taken and done is not called.
type fileStream interface {
	sendFile(r *Request, f *os.File, offset, n int64, done func(sent int64, err error)) error
}

// SendFile sends n bytes of f from offset as a part of the body, as the client takes them, and then calls done, which may send more or finish the response. Where the
// connection can send an *os.File without copying it (no TLS, no coding, a Content-Length) it does; otherwise f is read in pieces of 64 KiB, in a thread
// where the loop has threads. Render may return meanwhile. Nothing else is written before done is called, never inside SendFile: with nil, or with an error when the
// response was cut off, be it because f is shorter or its reading failed, or the client went away. f is kept open until then, by the caller. The error for a
// response without a body is ErrNoBody. Loop only.
func (r *Request) SendFile(f io.ReaderAt, offset, n int64, done func(err error)) {
	if !r.headSent && !r.gone && !r.finished {
		r.sendHead(nil, false)
	}
	r.NotDoneYet()
	fail := func(err error) { r.Loop().CallLater(0, func() { done(err) }) }
	switch {
	case r.gone:
		fail(net.ErrClosed)
		return
	case r.finished:
		fail(ErrFinished)
		return
	case r.bodiless:
		fail(ErrNoBody)
		return
	case r.coder() == nil && r.declared >= 0 && r.sent+n > r.declared:
		fail(ErrContentLength)
		return
	case n == 0:
		fail(nil)
		return
	}
	if file, ok := f.(*os.File); ok && r.coder() == nil && !r.chunked() {
		if s, ok := r.s.(fileStream); ok {
			err := s.sendFile(r, file, offset, n, func(sent int64, err error) {
				if err != nil && !r.gone {
					r.complain("web: response cut off", "error", err)
					r.Abort()
				}
				done(err)
			})
			if err == nil {
				r.sent += n
				return
			}
		}
	}
	p := &pump{r: r, f: f, offset: offset, left: n, done: done, buf: sendBuffers.Get().(*[]byte)}
	p.threads, _ = r.Loop().(deferred.Threads)
	if err := r.RegisterProducer(p, protocol.PullProducer); errors.Is(err, protocol.ErrProducerRegistered) {
		panic("web: SendFile: " + err.Error())
	}
	p.started = true
	if p.stopped && !p.reading {
		r.Loop().CallLater(0, p.close)
	}
}

// sendFile has the transport send f, if it can.
func (c *conn) sendFile(_ *Request, f *os.File, offset, n int64, done func(sent int64, err error)) error {
	s, ok := protocol.As[protocol.FileSender](c.t)
	if !ok || c.lost || c.closing {
		return errors.ErrUnsupported
	}
	c.flush()
	if err := s.SendFile(f, offset, n, done); err != nil {
		return err
	}
	if c.written += n; !c.processing {
		c.clock.watch()
	}
	return nil
}

// A pump is the pull producer that reads a part of a file and writes it. Loop only, but for read.
type pump struct {
	r       *Request
	f       io.ReaderAt
	offset  int64
	left    int64
	done    func(err error)
	threads deferred.Threads // nil if the loop has none
	buf     *[]byte
	reading bool // a thread uses buf and f
	started bool // SendFile has returned
	stopped bool
	reason  error // of the end
}

// read reads what is next into buf.
func (p *pump) read() (n int, err error) {
	defer func() {
		if v := recover(); v != nil {
			p.r.s.server().stats.panics.Add(1)
			n, err = 0, fmt.Errorf("panic in ReadAt: %v\n%s", v, stack())
		}
	}()
	want := int(min(sendSize, p.left))
	n, err = p.f.ReadAt((*p.buf)[:want], p.offset)
	if n == want {
		err = nil // an EOF right behind it
	} else if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF // the file has become shorter
	}
	return n, err
}

// Resume sends one part.
func (p *pump) Resume() {
	switch {
	case p.stopped || p.reading:
	case p.threads == nil:
		p.part(p.read())
	default:
		p.reading = true
		p.threads.CallInThread(func() {
			n, err := p.read()
			p.threads.CallFromThread(func() {
				if p.reading = false; p.stopped {
					p.close()
					return
				}
				p.part(n, err)
			})
		})
	}
}

// part writes the n bytes that were read.
func (p *pump) part(n int, err error) {
	p.offset += int64(n)
	p.left -= int64(n)
	if n > 0 {
		p.r.Write((*p.buf)[:n])
	}
	if p.stopped { // by the write
		return
	}
	switch {
	case err != nil:
		p.r.complain("web: response cut off", "error", err)
		p.stopped, p.reason = true, err
		p.r.Abort()
		p.close()
	case p.left == 0:
		p.stopped = true
		p.r.UnregisterProducer()
		p.close()
	}
}

// Pause does nothing: a part is sent when it is asked for.
func (p *pump) Pause() {}

// Stop ends the sending.
func (p *pump) Stop(reason error) {
	if p.stopped {
		return
	}
	p.stopped, p.reason = true, reason
	if !p.reading {
		p.close()
	}
}

// close tells that the sending is over, but not inside SendFile.
func (p *pump) close() {
	if !p.started {
		return
	}
	sendBuffers.Put(p.buf)
	p.buf = nil
	done := p.done
	p.done = nil
	done(p.reason)
}

var (
	_ protocol.Producer = (*pump)(nil)
	_ fileStream        = (*conn)(nil)
)
