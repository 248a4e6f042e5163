// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// guest is one request of net/http: to bridge.Attach a stream of body bytes each way, Read and Write of which are called by its two goroutines. The goroutine of ServeHTTP is in run,
// writes the heads, and outlasts them.
type guest struct {
	w     http.ResponseWriter
	rc    *http.ResponseController
	req   *http.Request
	began time.Duration // since epoch
	kick  chan struct{} // one: run looks at everything

	mu        sync.Mutex
	moved     sync.Cond // something below has changed
	heads     []guestHead
	trailer   []h1.Field
	headed    bool // the final head is written
	flush     bool // each piece of the body is sent at once
	wanted    bool // the request body
	whole     bool // it was read to its end
	completed bool // the response is there as a whole
	closed    bool
	reading,
	writing bool
	stuck bool  // reading cannot be interrupted
	err   error // of reading
}

// guestHead is a head that is to be sent.
type guestHead struct {
	status int
	header http.Header
	flush  bool
}

func newGuest(w http.ResponseWriter, req *http.Request) *guest {
	g := &guest{w: w, rc: http.NewResponseController(w), req: req, began: time.Since(epoch), kick: make(chan struct{}, 1)}
	g.moved.L = &g.mu
	g.whole = req.Body == nil || req.Body == http.NoBody
	return g
}

// change calls f and tells everybody.
func (g *guest) change(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f()
	g.tell()
}

// tell follows a change.
func (g *guest) tell() {
	g.moved.Broadcast()
	select {
	case g.kick <- struct{}{}:
	default:
	}
}

func (g *guest) send(h guestHead)         { g.change(func() { g.heads = append(g.heads, h) }) }
func (g *guest) trailers(list []h1.Field) { g.change(func() { g.trailer = list }) }
func (g *guest) complete()                { g.change(func() { g.completed = true }) }
func (g *guest) want()                    { g.change(func() { g.wanted = true }) }

func (g *guest) readErr() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

// run writes heads until the response is over. done is closed when the loop has ended.
func (g *guest) run(done <-chan struct{}) {
	for !g.step() {
		select {
		case <-g.kick:
		case <-done:
			g.Close()
			done = nil
		}
	}
	switch {
	case g.completed:
		for _, f := range g.trailer {
			g.w.Header().Add(http.TrailerPrefix+f.Name, f.Value)
		}
	case g.req.Context().Err() != nil: // nobody is there
	case done == nil && !g.headed:
		http.Error(g.w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
	default:
		panic(http.ErrAbortHandler) // so that the client sees that it is cut off
	}
}

// step writes what heads there are, and reports whether everything is over.
func (g *guest) step() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.heads) > 0 && !g.headed {
		h := g.heads[0]
		g.heads = g.heads[1:]
		duplex := h.status >= 200 && g.req.ProtoMajor == 1 && !g.whole && (g.wanted || h.flush)
		g.mu.Unlock()
		header := g.w.Header()
		if h.status < 200 {
			clear(header)
		}
		for k, v := range h.header {
			header[k] = v
		}
		if duplex { // net/http cannot use the connection again if the body is left unread then
			g.rc.EnableFullDuplex()
			header.Set("Connection", "close")
		}
		g.w.WriteHeader(h.status)
		if h.status < 200 {
			clear(header)
		} else if h.flush {
			g.rc.Flush()
		}
		g.mu.Lock()
		g.headed, g.flush = h.status >= 200, h.flush
		g.moved.Broadcast()
	}
	return g.closed && !g.writing && (!g.reading || g.stuck)
}

// Read reads the request body once it is wanted. Its errors are kept: the response can still be sent.
func (g *guest) Read(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for !g.wanted && !g.closed {
		g.moved.Wait()
	}
	if g.closed {
		return 0, net.ErrClosed
	}
	g.reading = true
	g.mu.Unlock()
	n, err := g.req.Body.Read(p)
	g.mu.Lock()
	if g.whole = err == io.EOF; err != nil && !g.whole {
		g.err, err = err, io.EOF
	}
	g.reading = false
	g.tell()
	return n, err
}

// Write writes a part of the response body.
func (g *guest) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for !g.headed && !g.closed {
		g.moved.Wait()
	}
	if g.closed {
		return 0, net.ErrClosed
	}
	flush := g.flush
	g.writing = true
	g.mu.Unlock()
	n, err := g.w.Write(p)
	if flush && err == nil {
		g.rc.Flush()
	}
	g.mu.Lock()
	g.writing = false
	g.tell()
	return n, err
}

// Close ends the response, and what is still going on with it.
func (g *guest) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil
	}
	g.closed = true
	now := time.Now()
	if g.reading {
		g.stuck = g.rc.SetReadDeadline(now) != nil
	}
	if g.writing {
		g.rc.SetWriteDeadline(now)
	}
	g.tell()
	return nil
}

// LocalAddr returns the address that the client connected to, if the server tells it.
func (g *guest) LocalAddr() net.Addr {
	if a, ok := g.req.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return a
	}
	return protocol.PipeAddr()
}

// RemoteAddr returns the client's address.
func (g *guest) RemoteAddr() net.Addr {
	if a, err := netip.ParseAddrPort(g.req.RemoteAddr); err == nil {
		return net.TCPAddrFromAddrPort(a)
	}
	return protocol.PipeAddr()
}
