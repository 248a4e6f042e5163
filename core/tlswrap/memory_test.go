// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"runtime"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
)

// A resting is a server connection whose client has left it alone.
type resting struct {
	server, client *pipeEnd
	half           halfClosed // the server's protocol
	sender         sender     // the client's
}

// halfClosed keeps its direction when the peer has ended the other one.
type halfClosed struct {
	protocol.Base
	t   protocol.Transport
	got int
	eof bool
}

func (h *halfClosed) ConnectionMade(t protocol.Transport)               { h.t = t }
func (h *halfClosed) DataReceived(_ protocol.Transport, p []byte)       { h.got += len(p) }
func (h *halfClosed) ReadConnectionLost(protocol.Transport)             { h.eof = true }
func (h *halfClosed) WriteConnectionLost(protocol.Transport)            {}
func (h *halfClosed) ConnectionLost(_ protocol.Transport, reason error) { panic(reason) }

// send makes the client write n bytes, and the server take them.
func (r *resting) send(n int) {
	r.sender.t.Write(make([]byte, n))
	exchange(r.server, r.client)
}

// sealed returns n bytes of the client in records that the server has not got.
func (r *resting) sealed(n int) []byte {
	r.sender.t.Write(make([]byte, n))
	r.client.loop.turn()
	p := r.client.out
	r.client.out = nil
	return p
}

// deliver gives the server p in a memory of its own.
func (r *resting) deliver(p []byte) { r.server.proto.DataReceived(r.server, p) }

// TestHeapOfRestingConnections measures what a connection that nothing happens on holds on the server, after all that makes crypto/tls or us hold buffers:
// crypto/tls's state, ours, and nothing else. The limits leave room for another release of Go; they are there to notice a buffer that is kept.
func TestHeapOfRestingConnections(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector has a heap of its own")
	}
	const idleLimit = 5500
	for _, tt := range []struct {
		name  string
		limit int64
		do    func(t *testing.T, r *resting)
	}{
		{"after the handshake", idleLimit, func(*testing.T, *resting) {}},
		{"after a small message", idleLimit, func(_ *testing.T, r *resting) { r.send(17) }},
		{"after records of 16 KiB", idleLimit, func(t *testing.T, r *resting) {
			r.send(200 << 10)
			r.send(64 << 10)
			if r.half.got != 264<<10 {
				t.Errorf("%d bytes arrived", r.half.got)
			}
		}},
		{"after a record in two parts", idleLimit, func(t *testing.T, r *resting) {
			p := r.sealed(1000)
			r.deliver(p[:600])
			r.deliver(p[600:])
			if r.half.got != 1000 {
				t.Errorf("%d bytes arrived", r.half.got)
			}
		}},
		{"after the server has sent much", idleLimit, func(t *testing.T, r *resting) {
			r.half.t.Write(make([]byte, 300<<10))
			exchange(r.server, r.client)
			if r.sender.got != 300<<10 {
				t.Errorf("%d bytes arrived", r.sender.got)
			}
		}},
		{"after the client has ended its direction", idleLimit, func(t *testing.T, r *resting) {
			r.send(20 << 10)
			half, _ := protocol.As[protocol.HalfCloseTransport](r.sender.t)
			half.LoseWriteConnection()
			exchange(r.server, r.client)
		}},
		{"with a header", idleLimit + 600, func(_ *testing.T, r *resting) { r.deliver([]byte{23, 3, 3, 0x40, 0}) }},
		{"with a record that trickles", idleLimit + 1300, func(_ *testing.T, r *resting) {
			for _, b := range r.sealed(16 << 10)[:1000] {
				r.deliver([]byte{b})
			}
		}},
		{"with most of a record", idleLimit + 20<<10, func(t *testing.T, r *resting) {
			r.send(300 << 10) // past the small records of the beginning
			p := r.sealed(16 << 10)
			r.deliver(p[:12000])
			r.deliver(p[12000 : len(p)-1])
			if r.half.got != 300<<10 {
				t.Errorf("%d bytes arrived", r.half.got)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			forEachVersion(t, func(t *testing.T, version uint16) { measureHeap(t, version, tt.limit, tt.do) })
		})
	}
}

func measureHeap(t *testing.T, version uint16, limit int64, do func(*testing.T, *resting)) {
	const n = 100
	sl, cl := server(t, options(serverConfig(version))), client(t, options(clientConfig(version)))
	connect := func() *resting {
		r := &resting{}
		loop := &nullLoop{}
		r.server, r.client = newPipe(loop)
		r.server.proto, r.client.proto = wrap(t, sl, &r.half), wrap(t, cl, &r.sender)
		r.server.proto.ConnectionMade(r.server)
		r.client.proto.ConnectionMade(r.client)
		exchange(r.server, r.client)
		do(t, r)
		r.server.out, r.server.peer, r.server.loop.due = nil, nil, nil
		r.client, r.sender = nil, sender{} // only the server's side is weighed
		return r
	}
	connect() // what is made once and shared
	goroutinesBefore := runtime.NumGoroutine()
	conns := make([]*resting, 0, n)
	empty := heap()
	for range n {
		conns = append(conns, connect())
	}
	if g := goroutines(goroutinesBefore); g > goroutinesBefore {
		t.Errorf("%d goroutines for %d connections", g-goroutinesBefore, n)
	}
	each := (heap() - empty) / n
	runtime.KeepAlive(conns)
	t.Logf("%d bytes for each connection", each)
	if each > limit {
		t.Errorf("%d bytes for each connection, more than %d", each, limit)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
