// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/torsion-go/torsion/core/protocol"
)

// handled is the http.ResponseWriter of a request. Its first group belongs to the handler's goroutine, the second is shared, and r is touched on the loop only.
type handled struct {
	r    *Request
	loop protocol.Loop

	header    http.Header
	status    int // 0 before WriteHeader
	pending   []byte
	committed bool // the head has been handed to the loop
	hijacked  bool
	broken    bool // a part of the response is lost

	mu       sync.Mutex
	moved    sync.Cond // something below has changed
	queued   int       // bytes on their way to the loop
	paused   bool      // the client does not take what it has
	gone     error
	until    handledDeadline // of writing
	detached bool            // the connection is the handler's, or on its way to be

	cancel context.CancelCauseFunc // safe from any goroutine

	body handledBody // has its own rules
}

func newHandled(r *Request) *handled {
	w := &handled{r: r, loop: r.Loop(), header: make(http.Header)}
	w.moved.L = &w.mu
	w.body.w = w
	return w
}

// handledChunk is how much of a response is gathered before it goes to the loop, and handledQueue how much may be on its way there.
const (
	handledChunk = 16384
	handledQueue = 65536
)

func (w *handled) serve(h http.Handler, req *http.Request) {
	defer func() {
		v := recover()
		w.body.Close()
		w.stopTimers()
		if w.hijacked {
			w.cancel(nil)
			if v != nil && v != http.ErrAbortHandler {
				trace := stack()
				w.loop.CallFromThread(func() { w.r.failed(v, trace) })
			}
			return
		}
		if v == nil {
			w.finish()
			return
		}
		trace := stack()
		w.loop.CallFromThread(func() {
			w.r.UnregisterProducer()
			if v == http.ErrAbortHandler {
				w.r.Abort()
			} else {
				w.r.failed(v, trace)
			}
			w.returned()
		})
	}()
	h.ServeHTTP(w, req)
}

// Header returns the header of the response.
func (w *handled) Header() http.Header { return w.header }

// WriteHeader fixes the status; the head is sent with the first data.
func (w *handled) WriteHeader(status int) {
	switch {
	case w.status != 0 || w.committed || w.hijacked:
	case status >= 200 && status <= 599:
		w.status = status
	case status == 100, status >= 102 && status < 200:
		h := headerOf(w.header)
		h.Del("Content-Length")
		h.Del("Transfer-Encoding")
		w.loop.CallFromThread(func() {
			if w.r.headSent || w.r.gone || w.r.finished || h.bad() {
				return
			}
			if status == 100 {
				w.r.expects = false // the body will come now, whether it is read or not
			}
			w.r.s.sendInterim(w.r, status, &h)
		})
	default:
		panic(fmt.Sprintf("web: invalid WriteHeader code %d", status))
	}
}

// Write hands p over, and waits while the client does not take what it has.
func (w *handled) Write(p []byte) (int, error) {
	if w.hijacked {
		return 0, http.ErrHijacked
	}
	w.WriteHeader(200)
	n := len(p)
	for len(p) > 0 {
		k := min(len(p), handledChunk-len(w.pending))
		w.pending = append(w.pending, p[:k]...)
		p = p[k:]
		if len(w.pending) == handledChunk {
			if err := w.flush(false); err != nil {
				return n - len(p), err
			}
		}
	}
	return n, nil
}

// Flush sends what was gathered.
func (w *handled) Flush() { w.FlushError() }

// FlushError is Flush that tells whether the client is gone.
func (w *handled) FlushError() error {
	if w.hijacked {
		return http.ErrHijacked
	}
	w.WriteHeader(200)
	return w.flush(true)
}

// flush hands over what is pending, with all set through an Encoder, too.
func (w *handled) flush(all bool) error {
	p := w.pending
	w.pending = nil
	w.mu.Lock()
	for (w.paused || w.queued > handledQueue) && w.gone == nil && !w.until.passed {
		w.moved.Wait()
	}
	err := w.gone
	if err == nil && w.until.passed {
		err = os.ErrDeadlineExceeded
	}
	if err != nil {
		w.mu.Unlock()
		w.broken = true
		return err
	}
	w.queued += len(p)
	w.mu.Unlock()
	commit := w.commit(p)
	w.loop.CallFromThread(func() {
		if commit != nil {
			commit()
			w.r.RegisterProducer((*handledProducer)(w), protocol.PushProducer)
		}
		w.r.Write(p)
		if all {
			w.r.Flush()
		}
		w.mu.Lock()
		w.queued -= len(p)
		w.mu.Unlock()
		w.moved.Broadcast()
	})
	return nil
}

// commit returns what sets status and header on the loop, nil the second time. p is the beginning of the body.
func (w *handled) commit(p []byte) func() {
	if w.committed {
		return nil
	}
	w.committed = true
	if _, ok := w.header["Content-Type"]; !ok && len(p) > 0 && w.header.Get("Content-Encoding") == "" {
		w.header.Set("Content-Type", http.DetectContentType(p))
	}
	h, status := headerOf(w.header), w.status
	return func() {
		if !w.r.headSent && !w.r.finished {
			w.r.SetStatus(status)
			w.r.header = h
		}
	}
}

// headerOf copies a header without its trailers.
func headerOf(from http.Header) (h Header) {
	for k, values := range from {
		for _, v := range values {
			if !strings.HasPrefix(k, http.TrailerPrefix) {
				h.Add(k, v)
			}
		}
	}
	return h
}

// finish ends the response when the handler has returned. One that was never flushed gets a Content-Length.
func (w *handled) finish() {
	if w.broken {
		w.loop.CallFromThread(func() {
			w.r.UnregisterProducer()
			w.r.Abort()
			w.returned()
		})
		return
	}
	w.WriteHeader(200)
	p := w.pending
	if !w.committed && w.header.Get("Content-Length") == "" && !noBody(w.status) && (len(p) > 0 || w.r.Method != "HEAD") {
		w.header.Set("Content-Length", strconv.Itoa(len(p)))
	}
	commit := w.commit(p)
	var trailer Header
	for k, values := range w.header {
		name, ok := strings.CutPrefix(k, http.TrailerPrefix)
		for _, list := range w.header["Trailer"] {
			for el := range strings.SplitSeq(list, ",") {
				ok = ok || strings.EqualFold(strings.TrimSpace(el), k)
			}
		}
		for _, v := range values {
			if ok {
				trailer.Add(name, v)
			}
		}
	}
	w.loop.CallFromThread(func() {
		if commit != nil {
			commit()
		}
		if len(p) > 0 {
			w.r.Write(p)
		}
		w.r.extra().trailer = trailer
		w.r.UnregisterProducer()
		w.r.Finish()
		w.returned()
	})
}

// returned notes, on the loop, that the handler has.
func (w *handled) returned() {
	w.r.more.handling = false
	w.r.idle()
}

var (
	_ http.ResponseWriter = (*handled)(nil)
	_ http.Flusher        = (*handled)(nil)
)
