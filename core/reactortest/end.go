// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"io"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// DefaultWindow is how many bytes one end of a connection in memory takes before its owner reads them.
const DefaultWindow = 1 << 20

// An end is one end of a connection in memory. Of net.Conn it has what a poller's Socket needs: Close.
type end struct {
	net.Conn
	net    *network
	local  protocol.Addr
	remote protocol.Addr
	peer   *end
	in     []byte // arrived and not delivered
	inErr  error  // what comes after in
	window int    // bound on in
	sealed bool   // the end of stream was sent
	gone   bool   // closed

	coming  int       // bytes on their way here
	flights int       // how much is on its way here
	last    time.Time // when the last of it arrives
}

// newEnds returns a connected pair: a has the address local, b remote.
func newEnds(n *network, local, remote protocol.Addr) (a, b *end) {
	a = &end{net: n, local: local, remote: remote, window: DefaultWindow}
	b = &end{net: n, local: remote, remote: local, window: DefaultWindow, peer: a}
	a.peer = b
	return a, b
}

func (e *end) socket() poll.Socket { return poll.Socket{Conn: e, Local: e.local, Remote: e.remote} }

// send moves as much of p to the other end as it takes.
func (e *end) send(p []byte) (int, error) {
	q := e.peer
	switch {
	case e.inErr != nil && e.inErr != io.EOF:
		return 0, e.inErr
	case e.gone || e.sealed || q.gone && !e.net.slow():
		return 0, syscall.EPIPE
	}
	n := min(len(p), max(q.window-len(q.in)-q.coming, 0))
	if !e.net.slow() {
		q.in = append(q.in, p[:n]...)
	} else if n > 0 {
		b := slices.Clone(p[:n])
		q.coming += n
		e.net.to(q, func() { q.arrived(b) })
	}
	return n, nil
}

// arrived takes bytes that were on their way. Those that find nobody are answered with a reset.
func (e *end) arrived(b []byte) {
	e.coming -= len(b)
	if e.gone {
		e.net.to(e.peer, e.peer.wasReset)
		return
	}
	e.in = append(e.in, b...)
}

func (e *end) wasReset() {
	if !e.gone {
		e.in, e.inErr = nil, syscall.ECONNRESET
	}
}

func (e *end) closeWrite() error {
	if e.peer.gone && !e.net.slow() {
		return syscall.EPIPE
	}
	e.sealed = true
	e.net.to(e.peer, func() { e.peer.ending(io.EOF) })
	return nil
}

func (e *end) ending(err error) {
	if e.inErr == nil {
		e.inErr = err
	}
}

// Close closes in an orderly way; unread bytes turn that into a reset, as on a real system.
func (e *end) Close() error {
	if e.gone {
		return nil
	}
	if len(e.in) > 0 {
		e.reset()
		return nil
	}
	e.gone = true
	e.net.to(e.peer, func() { e.peer.ending(io.EOF) })
	return nil
}

// reset closes and tells the other end so.
func (e *end) reset() {
	if e.gone {
		return
	}
	e.gone, e.in = true, nil
	e.net.to(e.peer, func() { e.peer.in, e.peer.inErr = nil, syscall.ECONNRESET })
}

// A Peer is the test's end of a connection of a Memory. The reactor notices what it does in the next pass.
type Peer struct {
	end *end
}

// Write sends p. It returns how much the other end's window took, and an error when the connection is no more.
func (p *Peer) Write(b []byte) (int, error) { return p.end.send(b) }

// Received returns all that has arrived since the last call.
func (p *Peer) Received() []byte {
	b := p.end.in
	p.end.in = nil
	return b
}

// SetWindow sets how many bytes that Received has not returned make the reactor's side wait. It is DefaultWindow at first.
func (p *Peer) SetWindow(n int) { p.end.window = n }

// CloseWrite sends the end of stream.
func (p *Peer) CloseWrite() error { return p.end.closeWrite() }

// Close closes the connection; with bytes that were not read it is an abort.
func (p *Peer) Close() error { return p.end.Close() }

// Abort resets the connection.
func (p *Peer) Abort() { p.end.reset() }

// Err returns nil while the other end may still send, io.EOF after its end of stream, and another error after a reset.
func (p *Peer) Err() error { return p.end.inErr }

// LocalAddr returns the Peer's own address.
func (p *Peer) LocalAddr() protocol.Addr { return p.end.local }

// RemoteAddr returns the address of the reactor's end.
func (p *Peer) RemoteAddr() protocol.Addr { return p.end.remote }
