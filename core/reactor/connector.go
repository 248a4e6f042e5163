// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// ConnectOptions tell how to connect. The zero value is ready to use.
type ConnectOptions struct {
	// Timeout bounds the attempt. 0 means protocol.ConnectTimeout, a negative value no bound but the system's own.
	Timeout time.Duration
	// LocalAddr is the literal address "host:port" to connect from; port 0 lets the system pick one. "" leaves both to the system. TCP only.
	LocalAddr string
	// CheckLock demands that the socket's lock PATH.lock has a live owner; else the attempt fails with protocol.ErrBadFile. UNIX only.
	CheckLock bool
}

// A ConnectorState tells what a Connector is at.
type ConnectorState uint8

// The states of a Connector.
const (
	Disconnected ConnectorState = iota
	Connecting
	Connected
)

// String returns "disconnected", "connecting" or "connected".
func (s ConnectorState) String() string {
	return [...]string{"disconnected", "connecting", "connected"}[s]
}

// A Connector makes a connection and stands for it. Twisted: IConnector. Its methods are loop only.
type Connector struct {
	loop    *Loop
	factory protocol.Factory
	cfg     poll.DialConfig
	opt     ConnectOptions
	where   string // as the caller wrote it
	service string
	dest    protocol.Addr

	state   ConnectorState
	started bool // the factory counts this connector
	adopted bool // the socket was given: there is nothing to connect again
	attempt poll.Attempt
	number  int // of the attempt, so that what comes late is known
	timeout protocol.DelayedCall
	conn    *conn
	proto   protocol.Protocol // the factory's, of the present connection
	err     error             // of the last attempt
	waiting []*deferred.Deferred[protocol.Protocol]
	made    deferred.Stack // where, with Config.Debug
}

var errNameNotAddress = errors.New("not a literal IP address: resolve it first, as an endpoint does")

// ConnectTCP connects to addr, "host:port" with a literal IP address. The outcome comes by WhenConnected and, when the factory is a
// [ClientFactory], by its methods; never from inside ConnectTCP. Twisted: connectTCP. Loop only.
func (l *Loop) ConnectTCP(addr string, f protocol.Factory, opt ConnectOptions) *Connector {
	c := &Connector{loop: l, factory: f, opt: opt, where: addr, cfg: poll.DialConfig{Network: "tcp", Address: addr, Local: opt.LocalAddr}}
	c.dest, c.service, c.made = destination(addr), protocol.ServiceName(f), l.r.origin()
	c.Connect()
	return c
}

// ConnectUNIX connects to a UNIX socket; a path that begins with a NUL byte is an abstract name. Otherwise it is as ConnectTCP. Twisted: connectUNIX.
// Loop only.
func (l *Loop) ConnectUNIX(path string, f protocol.Factory, opt ConnectOptions) *Connector {
	c := &Connector{loop: l, factory: f, opt: opt, dest: protocol.UNIXAddr(path), cfg: poll.DialConfig{Network: "unix", Address: path}}
	c.where, c.service, c.made = c.dest.String(), protocol.ServiceName(f), l.r.origin()
	c.Connect()
	return c
}

// Connect starts an attempt, again after a failure or a loss; a ClientFactory does so from ConnectionFailed or ConnectionLost. While the Connector connects
// or is connected it does nothing.
func (c *Connector) Connect() {
	loopcheck.Check(c.loop, "reactor: Connector.Connect")
	if c.state != Disconnected || c.adopted {
		return
	}
	c.state, c.err, c.proto = Connecting, nil, nil
	c.number++
	if !c.started {
		c.started = true
		c.loop.r.startFactory(c.loop, c.factory)
	}
	number := c.number
	if f, ok := protocol.As[ClientFactory](c.factory); ok {
		c.loop.run(func() { f.StartedConnecting(c) }, nil)
	}
	if !c.at(number) {
		return // StartedConnecting stopped it
	}
	if err := c.dial(number); err != nil {
		c.loop.later(turnFunc(func() { c.failLate(number, err) }))
		return
	}
	c.loop.resources[c] = struct{}{}
	timeout := c.opt.Timeout
	if timeout == 0 {
		timeout = protocol.ConnectTimeout
	}
	if timeout > 0 {
		c.timeout = c.loop.CallLater(timeout, func() {
			c.fail(&protocol.ConnectError{Class: protocol.ErrTimeout, Addr: c.where, Err: fmt.Errorf("nothing after %v", timeout)})
		})
	}
}

// at reports whether the attempt of that number is under way.
func (c *Connector) at(number int) bool { return c.number == number && c.state == Connecting }

func (c *Connector) dial(number int) error {
	if c.loop.drain != nil || c.loop.ended() {
		return ErrNotRunning
	}
	if c.factory == nil {
		return errors.New("no factory")
	}
	if c.cfg.Network == "tcp" && !c.dest.AddrPort().IsValid() {
		return &protocol.ConnectError{Class: protocol.ErrUnknownHost, Addr: c.where, Err: errNameNotAddress}
	}
	if c.opt.CheckLock && c.cfg.Network == "unix" {
		if ok, err := alive(c.cfg.Address); err != nil || !ok {
			return &protocol.ConnectError{Class: protocol.ErrBadFile, Addr: c.where, Err: err}
		}
	}
	attempt, err := c.loop.poller.Dial(&c.cfg, dialHandler{c, number})
	c.attempt = attempt
	return err
}

// A dialHandler takes the outcome of one attempt of a Connector.
type dialHandler struct {
	c      *Connector
	number int
}

func (h dialHandler) Dialed(s poll.Socket, err error) {
	c := h.c
	switch {
	case !c.at(h.number):
		if err == nil {
			poll.CloseSocket(s)
		}
	case err != nil:
		c.fail(err)
	default:
		c.connected(s)
	}
}

func (c *Connector) connected(s poll.Socket) {
	l := c.loop
	c.attempt = nil
	if c.cfg.Network == "unix" && !c.adopted {
		s.Local = protocol.UNIXAddr("") // a client's socket has no name
	}
	number := c.number
	l.load.Add(1)
	l.r.count.Add(1)
	conn, err := l.build(s, c.factory, c, func() bool { return c.at(number) })
	if err != nil {
		l.released()
		if !c.at(number) {
			return // BuildProtocol gave the attempt up
		}
		if errors.Is(err, protocol.ErrNoProtocol) {
			err = &protocol.ConnectError{Class: protocol.ErrNoProtocol, Addr: c.where}
		}
		c.fail(err)
		return
	}
	c.settle()
	c.state, c.conn, c.proto = Connected, conn, conn.proto
	l.r.counters.connected.Add(1)
	proto, waiting := c.proto, c.take() // the connection may be lost, and another one be on its way, when ConnectionMade is over
	conn.makeConnection()
	for _, d := range waiting {
		d.Callback(proto)
	}
	conn.receive()
}

// settle ends the attempt's timeout and its hold on the loop.
func (c *Connector) settle() {
	if c.timeout != nil {
		_ = c.timeout.Cancel() // it may be what runs
		c.timeout = nil
	}
	if c.attempt != nil {
		c.attempt.Close()
		c.attempt = nil
	}
	delete(c.loop.resources, c)
}

func (c *Connector) take() []*deferred.Deferred[protocol.Protocol] {
	waiting := c.waiting
	c.waiting = nil
	return waiting
}

func (c *Connector) failLate(number int, err error) {
	if c.at(number) {
		c.fail(err)
	}
}

// fail ends the attempt.
func (c *Connector) fail(err error) {
	c.settle()
	e, ok := errors.AsType[*protocol.ConnectError](err)
	if !ok {
		e = protocol.NewConnectError(c.where, err)
	}
	c.state, c.err = Disconnected, e
	waiting := c.take()
	if f, ok := protocol.As[ClientFactory](c.factory); ok {
		c.loop.run(func() { f.ConnectionFailed(c, e) }, nil)
	} else if len(waiting) == 0 {
		c.loop.r.logFor(c.service).Info("reactor: cannot connect", "error", e)
	}
	for _, d := range waiting {
		d.Errback(e)
	}
	c.unstart()
}

func (c *Connector) serviceName() string { return c.service }

func (c *Connector) connectionEnded(conn *conn, reason error) {
	c.state, c.conn = Disconnected, nil
	conn.loop.released()
	if f, ok := protocol.As[ClientFactory](c.factory); ok {
		c.loop.run(func() { f.ConnectionLost(c, reason) }, nil)
	}
	c.unstart()
}

// unstart lets go of the factory unless it has started another attempt.
func (c *Connector) unstart() {
	if c.state == Disconnected && c.started {
		c.started = false
		c.loop.r.stopFactory(c.loop, c.factory)
	}
}

// WhenConnected returns a Deferred that fires with the factory's protocol right after its ConnectionMade, at once if that was before, or fails with a
// *protocol.ConnectError. Cancelling it gives the attempt up.
func (c *Connector) WhenConnected() *deferred.Deferred[protocol.Protocol] {
	loopcheck.Check(c.loop, "reactor: Connector.WhenConnected")
	switch {
	case c.state == Connected:
		return deferred.SucceedOn(c.loop, c.proto)
	case c.state == Disconnected && c.err != nil:
		return deferred.FailOn[protocol.Protocol](c.loop, c.err)
	case c.state == Disconnected:
		return deferred.FailOn[protocol.Protocol](c.loop, net.ErrClosed)
	}
	d := deferred.NewCancellable(c.loop, func(*deferred.Deferred[protocol.Protocol]) {
		if c.state == Connecting {
			c.fail(&protocol.ConnectError{Class: protocol.ErrConnectingCanceled, Addr: c.where})
		}
	})
	c.waiting = append(c.waiting, d)
	return d
}

// Disconnect gives the attempt up or closes the connection with LoseConnection.
func (c *Connector) Disconnect() {
	loopcheck.Check(c.loop, "reactor: Connector.Disconnect")
	switch c.state {
	case Connecting:
		c.fail(&protocol.ConnectError{Class: protocol.ErrUser, Addr: c.where})
	case Connected:
		c.conn.LoseConnection()
	}
}

// StopConnecting gives the attempt up, which then fails with protocol.ErrUser. Without one it returns protocol.ErrNotConnecting.
func (c *Connector) StopConnecting() error {
	loopcheck.Check(c.loop, "reactor: Connector.StopConnecting")
	if c.state != Connecting {
		return protocol.ErrNotConnecting
	}
	c.fail(&protocol.ConnectError{Class: protocol.ErrUser, Addr: c.where})
	return nil
}

// State tells what the Connector is at.
func (c *Connector) State() ConnectorState { return c.state }

// Destination returns the address to which it connects. Immutable.
func (c *Connector) Destination() protocol.Addr { return c.dest }

// Transport returns the present connection, or nil.
func (c *Connector) Transport() protocol.Transport {
	if c.conn == nil {
		return nil
	}
	return c.conn.self()
}

func (c *Connector) shutDown() { c.fail(protocol.NewConnectError(c.where, ErrNotRunning)) }
