// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"io"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// Reader delivers the body to a goroutine, which has to Close it. Read and Close are safe from any goroutine but the loop's, where they would block it; up to 64 KiB wait to be read,
// and then the server is held up. The errors of Read are those of StreamBody, io.EOF at the end, and ErrBodyStopped after Close. Reader itself is loop only.
func (r *Response) Reader() io.ReadCloser { return r.reader() }

func (r *Response) reader() *bodyReader {
	b := &bodyReader{r: r, loop: r.loop(), news: make(chan struct{}, 1)}
	r.StreamBody(b.data, b.end)
	return b
}

// readQueue is how much may wait for Read.
const readQueue = 65536

type bodyReader struct {
	r    *Response
	loop protocol.Loop
	news chan struct{} // buf or err has changed

	mu    sync.Mutex
	buf   []byte // guarded by mu, as is all below
	err   error  // behind buf
	held  bool   // the server is held up
	atEnd func() // called once, when err is set
}

func (b *bodyReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		b.mu.Lock()
		n, err := copy(p, b.buf), b.err
		rest := b.buf[n:]
		if b.buf = rest; len(rest) == 0 {
			b.buf = nil
		}
		resume := b.held && len(rest) == 0
		if resume {
			b.held = false
		}
		b.mu.Unlock()
		if resume {
			b.loop.CallFromThread(b.r.ResumeBody)
		}
		switch {
		case n > 0:
			return n, nil
		case err != nil:
			return 0, err
		}
		select {
		case <-b.news:
		case <-b.loop.Done():
			b.fail(deferred.ErrLoopEnded)
		}
	}
}

// Close ends the body.
func (b *bodyReader) Close() error {
	if b.fail(ErrBodyStopped) {
		b.loop.CallFromThread(b.r.StopBody)
	}
	return nil
}

// fail ends the reading with err and drops what was not read, and reports whether there was no end yet.
func (b *bodyReader) fail(err error) bool {
	b.mu.Lock()
	first := b.err == nil
	if b.buf = nil; first || b.err == io.EOF {
		b.err = err
	}
	f := b.atEnd
	b.atEnd = nil
	b.mu.Unlock()
	if f != nil {
		f()
	}
	b.tell()
	return first
}

func (b *bodyReader) tell() {
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// data takes a piece, on the loop.
func (b *bodyReader) data(p []byte) {
	b.mu.Lock()
	if b.err == nil {
		b.buf = append(b.buf, p...)
	}
	hold := len(b.buf) >= readQueue && !b.held
	if hold {
		b.held = true
	}
	b.mu.Unlock()
	if hold {
		b.r.PauseBody()
	}
	b.tell()
}

// end takes the end, on the loop.
func (b *bodyReader) end(err error) {
	if err == nil {
		err = io.EOF
	}
	b.mu.Lock()
	if b.err == nil {
		b.err = err
	}
	f := b.atEnd
	b.atEnd = nil
	b.mu.Unlock()
	if f != nil {
		f()
	}
	b.tell()
}
