// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/torsion-go/torsion/core/protocol"
)

// Handler makes a Leaf of an http.Handler. Each request runs on a goroutine of its own, which may block: request and response bodies are streamed both ways with bounded
// memory. The URL is the whole one; see [Mounted]. All of http.ResponseController works: flushing, hijacking (HTTP/1 only, as in net/http), deadlines, full duplex; and so do interim
// responses, trailers and the request's context, which ends when the client goes away. A panic is answered as a resource's is, http.ErrAbortHandler silently.
func Handler(h http.Handler) Leaf { return handler{h: h} }

// Mounted is [Handler] for an http.Handler that expects to be at the root: the part of the path that led to it is taken off its URL, as http.StripPrefix does. What is left
// begins with a slash. Request.RequestURI stays whole.
func Mounted(h http.Handler) Leaf { return handler{h, true} }

type handler struct {
	h       http.Handler
	mounted bool
}

func (h handler) IsLeaf() bool { return true }

func (h handler) Render(r *Request) {
	u, err := h.url(r)
	if err != nil {
		r.Error(400, "")
		return
	}
	w := newHandled(r)
	major, minor, _ := http.ParseHTTPVersion(r.Proto)
	req := &http.Request{
		Method: r.Method, URL: u, Proto: r.Proto, ProtoMajor: major, ProtoMinor: minor, Header: make(http.Header, r.Header.Len()), Body: http.NoBody,
		ContentLength: r.ContentLength(), Host: r.Host, RemoteAddr: r.RemoteAddr().String(), RequestURI: r.URI, TLS: r.TLS(), Close: !r.keepAlive,
	}
	for k, v := range r.Header.All() {
		if k = http.CanonicalHeaderKey(k); k != "Host" {
			req.Header[k] = append(req.Header[k], v)
		}
	}
	if r.chunkedBody && major == 1 {
		req.TransferEncoding = []string{"chunked"}
	}
	if req.ContentLength != 0 {
		req.Body = &w.body
		req.Trailer = make(http.Header)
		w.body.trailer = req.Trailer
	}
	// A context of its own: that of r ends when the connection is hijacked.
	ctx, cancel := context.WithCancelCause(context.WithValue(handlerContext, http.LocalAddrContextKey, r.LocalAddr()))
	w.cancel = cancel
	req = req.WithContext(ctx)
	r.NotDoneYet()
	r.extra().handling = true
	r.NotifyFinish(func(err error) {
		if !w.isDetached() {
			cancel(err)
		}
	})
	r.NotifyEnd(func(err error) { w.ended(cmp.Or(err, errOver)) })
	go w.serve(h.h, req) // ends with the handler, whose context ends with the request
}

// handlerContext tells handlers that they run under a server: httputil.ReverseProxy aborts a response that it cannot complete only then.
var handlerContext = context.WithValue(context.Background(), http.ServerContextKey, new(http.Server))

// url returns the URL for the handler.
func (h handler) url(r *Request) (*url.URL, error) {
	if r.Method == "CONNECT" && r.Path == "" {
		return &url.URL{Host: r.Host}, nil
	}
	u, err := url.ParseRequestURI(r.URI)
	if err != nil || !h.mounted || !strings.HasPrefix(r.Path, "/") {
		return u, err
	}
	rest := r.Path[1:]
	for range r.PrePath {
		_, rest, _ = strings.Cut(rest, "/")
	}
	part, err := url.ParseRequestURI("/" + rest)
	if err != nil {
		return nil, err
	}
	u.Path, u.RawPath = part.Path, part.RawPath
	return u, nil
}

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

// errOver is the error of what is written when nobody is there to get it.
var errOver = errors.New("web: the request is over")

// isDetached reports whether the end of the request is that of the connection's service as well.
func (w *handled) isDetached() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.detached
}

// ended has everything that waits fail.
func (w *handled) ended(err error) {
	w.mu.Lock()
	w.gone = err
	w.mu.Unlock()
	w.moved.Broadcast()
}

// handledProducer is what the connection knows of the handler's writing.
type handledProducer handled

func (p *handledProducer) set(paused bool) {
	p.mu.Lock()
	p.paused = paused
	p.mu.Unlock()
	p.moved.Broadcast()
}

// Pause has Write wait.
func (p *handledProducer) Pause() { p.set(true) }

// Resume lets Write go on.
func (p *handledProducer) Resume() { p.set(false) }

// Stop lets Write fail, unless there is just nothing to write to, as after HEAD.
func (p *handledProducer) Stop(reason error) {
	if reason == ErrNoBody {
		return
	}
	p.cancel(reason) // before Write fails: the handler may then ask its context why
	(*handled)(p).ended(reason)
}

var (
	_ http.ResponseWriter = (*handled)(nil)
	_ http.Flusher        = (*handled)(nil)
	_ protocol.Producer   = (*handledProducer)(nil)
)
