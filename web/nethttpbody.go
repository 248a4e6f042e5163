// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"io"
	"net/http"
	"os"
)

// handledBody is the request body of an http.Handler: filled on the loop, read on the handler's goroutine. Its fields are guarded by w.mu.
type handledBody struct {
	w       *handled
	trailer http.Header // of the http.Request
	until   handledDeadline
	buf     []byte
	err     error // the end, behind buf
	asked   bool
	held    bool // the client is held up
	closed  bool
}

// Read waits for data. The first call tells a client that waits for 100 Continue to go on.
func (b *handledBody) Read(p []byte) (int, error) {
	w := b.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if !b.asked && !b.closed {
		b.asked = true
		w.loop.CallFromThread(func() {
			if w.r.finished { // by an answer to what is wrong with the body, for one
				b.end(io.ErrUnexpectedEOF)
				return
			}
			w.r.StreamBody(b.data, b.end)
		})
	}
	for len(b.buf) == 0 && b.err == nil && !b.closed && !b.until.passed {
		w.moved.Wait()
	}
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	if b.until.passed {
		return 0, os.ErrDeadlineExceeded
	}
	n := copy(p, b.buf)
	b.buf = b.buf[n:]
	if len(b.buf) > 0 || n > 0 {
		if len(b.buf) == 0 && b.held {
			b.held = false
			w.loop.CallFromThread(w.r.ResumeBody)
		}
		return n, nil
	}
	return 0, b.err
}

// Close has Read fail from now on. What is left of the body is skipped by the connection.
func (b *handledBody) Close() error {
	b.w.mu.Lock()
	b.closed = true
	held := b.held
	b.held, b.buf = false, nil
	b.w.mu.Unlock()
	b.w.moved.Broadcast()
	if held {
		b.w.loop.CallFromThread(b.w.r.ResumeBody)
	}
	return nil
}

// data takes a piece, on the loop.
func (b *handledBody) data(p []byte) {
	b.w.mu.Lock()
	if !b.closed {
		b.buf = append(b.buf, p...)
	}
	b.held = len(b.buf) >= handledQueue
	held := b.held
	b.w.mu.Unlock()
	b.w.moved.Broadcast()
	if held {
		b.w.r.PauseBody()
	}
}

// end takes the end, on the loop.
func (b *handledBody) end(err error) {
	b.w.mu.Lock()
	if err == nil {
		err = io.EOF
		for k, v := range b.w.r.Trailer.All() {
			if b.trailer != nil {
				b.trailer.Add(k, v)
			}
		}
	}
	b.err = err
	b.w.mu.Unlock()
	b.w.moved.Broadcast()
}
