// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"net"

	"github.com/torsion-go/torsion/core/internal/flow"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// A conn is a stream connection, and the Transport of its protocol. It is kept small, as there may be very many: an idle one has neither a buffer nor a
// goroutine, and what few connections need is in extra. Loop only.
//
// A layer such as TLS may be interposed: then conn, which the protocol may have kept, stands for the layer's transport (upper), and the layer has the
// connection itself as a rawConn. Every exported method looks for upper first; the others work on the connection itself.
type conn struct {
	loop   *Loop
	stream poll.Stream
	proto  protocol.Protocol  // who gets the callbacks
	t      protocol.Transport // what the callbacks get
	extra  *extra             // mostly nil
	local  net.Addr
	remote net.Addr
	out    *outbox // nil while there is nothing to send
	queued int     // bytes in out that have not left
	owner  owner   // the port or connector it came from
	prev   *conn   // in the loop's list
	next   *conn
	id     uint64

	half         bool // proto is a HalfCloser
	in           bool // a callback of this connection runs: its end will flush
	dirty        bool // in the loop's list of those to be flushed
	lent         bool // out.vec is the poller's
	blocked      bool // SendFD or SendFile has to wait for Sent
	filing       bool // there is something in out.files
	receiving    bool
	paused       bool // by the protocol
	closing      bool // LoseConnection
	writeClosing bool // LoseWriteConnection
	writeClosed  bool // the end of stream was sent
	readClosed   bool // the end of stream was received
	draining     bool // the reactor stops
	mute         bool // it cannot send any more: it is in the loop's muted
	ended        bool // the stream is closed; ConnectionLost follows or has been
}

// An extra is what a connection has with a layer, with a producer, or with a bound of its own.
type extra struct {
	self  protocol.Transport // this connection in the type that its protocol knows, when upper is not nil
	upper protocol.Transport // the layer's
	gate  flow.Gate
	max   int // bound on queued; 0 for the reactor's
}

// An owner is told of the end of its connection.
type owner interface {
	connectionEnded(c *conn, reason error)
	serviceName() string
}

// A tcpConn is a connection with the options of TCP.
type tcpConn struct{ conn }

// A unixConn is a connection that can pass descriptors.
type unixConn struct{ conn }

// build makes the protocol and, if that is still wanted then, puts the socket under the loop's care. On error there is neither, and the socket is closed.
func (l *Loop) build(s poll.Socket, f protocol.Factory, o owner, wanted func() bool) (*conn, error) {
	remote := net.Addr(s.Remote)
	p, err := l.buildProtocol(f, remote, o.serviceName())
	if err == nil && !wanted() {
		err = net.ErrClosed
	}
	if err != nil {
		poll.CloseSocket(s)
		return nil, err
	}
	var c *conn
	if s.Remote.Network() == "unix" {
		u := new(unixConn)
		c, u.t = &u.conn, u
	} else {
		t := new(tcpConn)
		c, t.t = &t.conn, t
	}
	c.loop, c.proto, c.owner, c.remote, c.local, c.id = l, p, o, remote, l.localAddr(s.Local), l.r.ids.Add(1)
	_, c.half = protocol.As[protocol.HalfCloser](p)
	if c.stream, err = l.poller.Attach(s, (*upcalls)(c)); err != nil {
		l.r.log.Error("reactor: cannot serve a connection: closed", append(anys(c.LogAttrs()), "error", err)...)
		return nil, err
	}
	if c.next = l.conns; c.next != nil {
		c.next.prev = c
	}
	l.conns = c
	return c, nil
}

// localAddr returns a as a net.Addr, the same one for connections in a row that share it: those of a port mostly do.
func (l *Loop) localAddr(a protocol.Addr) net.Addr {
	if l.local != a {
		l.local = a
	}
	return l.local
}

// rest returns what few connections need, from now on there.
func (c *conn) rest() *extra {
	if c.extra == nil {
		c.extra = new(extra)
	}
	return c.extra
}

// self returns this connection in the type that its protocol knows.
func (c *conn) self() protocol.Transport {
	if c.upper() != nil {
		return c.extra.self
	}
	return c.t
}

// upper returns the transport of the layer, or nil.
func (c *conn) upper() protocol.Transport {
	if c.extra == nil {
		return nil
	}
	return c.extra.upper
}

// gate returns the producer's gate, nil while there has not been one.
func (c *conn) gate() *flow.Gate {
	if c.extra == nil {
		return nil
	}
	return &c.extra.gate
}

// max returns the bound on queued.
func (c *conn) max() int {
	if c.extra == nil || c.extra.max == 0 {
		return c.loop.r.cfg.MaxBuffered
	}
	return c.extra.max
}

// made begins the callbacks.
func (c *conn) made() {
	c.makeConnection()
	c.receive()
}

func (c *conn) makeConnection() {
	c.in = true
	defer c.leave()
	c.proto.ConnectionMade(c.t)
}

// leave ends a callback: it is to be deferred. A panic ends the connection, else what the callback wrote is sent.
func (c *conn) leave() {
	if !c.in {
		return // Received has done it: the usual way costs no call of recover
	}
	v := recover()
	c.in = false
	if v != nil {
		c.panicked(v)
		return
	}
	c.flush()
}

// receive starts or stops receiving, as things stand.
func (c *conn) receive() {
	on := !c.paused && !c.closing && !c.readClosed && !c.draining
	if c.ended || on == c.receiving {
		return
	}
	c.receiving = on
	c.stream.Receive(on)
}

func (c *conn) check(op string) { loopcheck.Check(c.loop, op) }

func (c *conn) Loop() protocol.Loop { return c.loop }

func (c *conn) LocalAddr() net.Addr {
	if upper := c.upper(); upper != nil {
		return upper.LocalAddr()
	}
	return c.local
}

func (c *conn) RemoteAddr() net.Addr {
	if upper := c.upper(); upper != nil {
		return upper.RemoteAddr()
	}
	return c.remote
}

func (c *conn) Pause() {
	c.check("reactor: Transport.Pause")
	if upper := c.upper(); upper != nil {
		upper.Pause()
		return
	}
	c.pause(true)
}

func (c *conn) Resume() {
	c.check("reactor: Transport.Resume")
	if upper := c.upper(); upper != nil {
		upper.Resume()
		return
	}
	c.pause(false)
}

func (c *conn) pause(on bool) {
	c.paused = on
	c.receive()
}

func (c *conn) Stop(error) { c.LoseConnection() }

func (c *conn) Control(f func(fd uintptr)) error {
	c.check("reactor: Transport.Control")
	if c.ended {
		return net.ErrClosed
	}
	return c.stream.Control(f)
}
