// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
)

// DefaultCloseTimeout is for how long a Client that stops waits for what its connection has queued.
const DefaultCloseTimeout = 10 * time.Second

// A ClientConfig tells how a Client works. The zero value is ready to use.
type ClientConfig struct {
	// Backoff is the delay before the next attempt, after n failures in a row; the loss of a good connection counts as the first. nil means BackoffPolicy{}.Delay.
	Backoff Backoff
	// MaxFailures ends the service after so many failed attempts in a row, see Client.Ended. 0 means never.
	MaxFailures int
	// Prepare, if not nil, is called with each new protocol, the factory's own, before it counts as connected: to log in, say. If what it returns fails, that is a
	// failed attempt and the connection is closed. It is cancelled when the connection is lost or the service stopped. nil stands for a value. Twisted:
	// prepareConnection.
	Prepare func(p protocol.Protocol) *deferred.Deferred[struct{}]
	// CloseTimeout bounds how long Stop waits for queued data to leave; then the connection is aborted. 0 means DefaultCloseTimeout.
	CloseTimeout time.Duration
	// Logger receives connections, losses and failures. nil means that of the group around it, or of the loop, else slog.Default().
	Logger *slog.Logger
}

// A Client is a Service that keeps a connection: it connects when it is started, and again after every failure and loss. Twisted: ClientService. Loop only.
//
// Its states, and what leads from one to the next:
//
//	Init          -Start-> Connecting
//	Connecting    -made and prepared-> Connected, -failed-> Waiting, -Stop-> Disconnecting
//	Waiting       -time-> Connecting, -Stop-> Stopped
//	Connected     -lost-> Waiting, -Stop-> Disconnecting
//	Disconnecting -gone-> Stopped, -Start-> Restarting
//	Restarting    -gone-> Connecting, -Stop-> Disconnecting
//	Stopped       -Start-> Connecting
type Client struct {
	node
	life     life
	endpoint endpoint.Client
	factory  protocol.Factory
	cfg      ClientConfig

	state     ClientState
	attempt   *deferred.Deferred[protocol.Protocol] // not nil while the endpoint connects
	conn      *clientConn                           // not nil while there is a connection
	preparing *deferred.Deferred[struct{}]          // not nil while Prepare is under way
	unfit     error                                 // why conn, which is being closed, is no use
	timer     protocol.DelayedCall                  // the next attempt, or the abort of conn
	failures  int                                   // in a row
	lastErr   error
	waiting   []*connWaiter
	gone      waiters
	ending    ending
}

// A connWaiter waits for a connection.
type connWaiter struct {
	d    *deferred.Deferred[protocol.Protocol]
	left int // failures until it fails too; 0 is no bound
}

var (
	_ Ender   = (*Client)(nil)
	_ Readier = (*Client)(nil)
)

// NewClient returns a Client of an endpoint, whose connections belong to loop.
func NewClient(loop protocol.Loop, e endpoint.Client, f protocol.Factory, cfg ClientConfig) *Client {
	if cfg.Backoff == nil {
		cfg.Backoff = BackoffPolicy{}.Delay
	}
	if cfg.CloseTimeout <= 0 {
		cfg.CloseTimeout = DefaultCloseTimeout
	}
	c := &Client{node: node{loop: loop, own: cfg.Logger}, endpoint: e, factory: f, cfg: cfg}
	c.life = life{loop: loop, up: c.begin, down: c.stop}
	return c
}

// Start begins to connect. It fires at once: WhenConnected waits for a connection. Called twice it warns in the log; called while the service stops it
// starts it again when it has.
func (c *Client) Start() *deferred.Deferred[struct{}] {
	if s := c.life.state; s == Starting || s == Running {
		c.log().Warn("service: client started twice")
	}
	return c.life.Start()
}

// Stop cancels the attempt or closes the connection, and fires when it is gone. Those who wait for a connection get ErrStopped.
func (c *Client) Stop() *deferred.Deferred[struct{}] {
	d := c.life.Stop()
	c.dismiss(ErrStopped)
	return d
}

// WhenConnected returns the protocol of the connection that there is, or else of the next. With a positive failAfterFailures it fails with the error of that
// many'th failed attempt in a row from now; 0 waits for ever. A service that was stopped, or is stopped meanwhile, gives ErrStopped; one that was never started
// waits for Start. Once the service has given up it fails with why. Cancelling it ends the waiting. Twisted: whenConnected.
func (c *Client) WhenConnected(failAfterFailures int) *deferred.Deferred[protocol.Protocol] {
	loopcheck.Check(c.loop, "service: Client.WhenConnected")
	switch s := c.State(); {
	case s == ClientConnected:
		return deferred.SucceedOn(c.loop, c.conn.inner)
	case c.ending.over && c.ending.err != nil:
		return deferred.FailOn[protocol.Protocol](c.loop, c.ending.err)
	case s == ClientDisconnecting, s == ClientStopped:
		return deferred.FailOn[protocol.Protocol](c.loop, ErrStopped)
	}
	w := &connWaiter{left: max(failAfterFailures, 0)}
	w.d = deferred.NewCancellable(c.loop, func(*deferred.Deferred[protocol.Protocol]) { c.forget(w) })
	c.waiting = append(c.waiting, w)
	return w.d
}

// State returns the state.
func (c *Client) State() ClientState {
	if c.state == ClientDisconnecting && len(c.life.starts) > 0 {
		return ClientRestarting
	}
	return c.state
}

// Failures returns how many attempts in a row have failed, a loss included.
func (c *Client) Failures() int { return c.failures }

// Ended fires when the service has given up, see ClientConfig.MaxFailures, with the last error.
func (c *Client) Ended() *deferred.Deferred[struct{}] { return c.ending.ended(c.loop) }

// Ready returns nil while there is a connection, else why there is none.
func (c *Client) Ready() error {
	switch {
	case c.state == ClientConnected:
		return nil
	case c.lastErr != nil:
		return fmt.Errorf("not connected: %v: %w", c.State(), c.lastErr)
	}
	return fmt.Errorf("not connected: %v", c.State())
}

func (c *Client) begin() *deferred.Deferred[struct{}] {
	c.ending.begin()
	c.failures, c.lastErr = 0, nil
	c.connect()
	return c.life.done()
}

func (c *Client) connect() {
	c.state = ClientConnecting
	f := &clientFactory{inner: c.factory}
	d := deferred.ExecuteD(c.loop, func() *deferred.Deferred[protocol.Protocol] { return c.endpoint.Connect(f) })
	c.attempt = d
	d.Done(func(p protocol.Protocol, err error) {
		c.attempt = nil
		if c.state == ClientDisconnecting && err != nil && f.last != nil && f.last.t != nil {
			p, err = f.last, nil // given up in ConnectionMade, or about then: see that it ends
		}
		if err == nil {
			err = c.adopt(p)
		}
		switch {
		case err == nil:
			c.prepare()
		case c.state == ClientDisconnecting:
			c.finish()
		default:
			c.failed(err)
		}
	})
}

var errNotOurs = errors.New("service: the endpoint returned a protocol that it was not given")

// adopt makes the connection of p the service's.
func (c *Client) adopt(p protocol.Protocol) error {
	conn, ok := protocol.As[*clientConn](p)
	switch {
	case !ok:
		return errNotOurs
	case conn.reason != nil:
		return conn.reason
	}
	c.conn = conn
	conn.lost = c.connectionLost
	return nil
}

func (c *Client) prepare() {
	if c.state == ClientDisconnecting {
		c.close()
		return
	}
	if c.cfg.Prepare == nil {
		c.connected()
		return
	}
	conn := c.conn
	d := deferred.ExecuteD(c.loop, func() *deferred.Deferred[struct{}] { return c.cfg.Prepare(conn.inner) })
	if c.conn != conn || c.state == ClientDisconnecting { // Prepare lost the connection, or stopped the service
		d.Cancel()
		d.Done(func(struct{}, error) {})
		return
	}
	c.preparing = d
	d.Done(func(_ struct{}, err error) {
		if c.preparing != d {
			return
		}
		c.preparing = nil
		if err != nil {
			c.unfit = err
			c.close()
			return
		}
		c.connected()
	})
}

func (c *Client) connected() {
	c.state = ClientConnected
	c.failures, c.lastErr = 0, nil
	c.log().Info("service: client connected", "peer", c.conn.t.RemoteAddr().String())
	p, all := c.conn.inner, c.waiting
	c.waiting = nil
	for _, w := range all {
		w.d.Callback(p)
	}
}

// connectionLost is called when the connection is gone, whatever the state.
func (c *Client) connectionLost(reason error) {
	c.conn = nil
	c.cancelTimer()
	unfit := c.unfit
	c.unfit = nil
	c.cancelPrepare()
	switch {
	case c.state == ClientDisconnecting:
		c.finish()
	case unfit != nil:
		c.failed(unfit)
	case c.state == ClientConnected:
		c.lastErr = reason
		c.failures++
		c.retry("service: client lost its connection")
	default:
		c.failed(reason)
	}
}

// failed is called when an attempt has failed.
func (c *Client) failed(err error) {
	c.lastErr = err
	c.failures++
	gaveUp := c.cfg.MaxFailures > 0 && c.failures >= c.cfg.MaxFailures
	var unlucky, rest []*connWaiter
	for _, w := range c.waiting {
		if w.left--; w.left == 0 || gaveUp {
			unlucky = append(unlucky, w)
		} else {
			rest = append(rest, w)
		}
	}
	c.waiting = rest
	if gaveUp {
		c.state = ClientStopped
		err = fmt.Errorf("service: gave up connecting after %d failures: %w", c.failures, err)
		if c.path == "" { // else the group logs it
			c.log().Error("service: client failed", errorAttrs(err)...)
		}
	} else {
		c.retry("service: client could not connect")
	}
	for _, w := range unlucky {
		w.d.Errback(err)
	}
	if gaveUp {
		c.ending.end(err)
	}
}

func (c *Client) retry(why string) {
	delay := max(c.cfg.Backoff(c.failures), 0)
	c.state = ClientWaiting
	c.log().Warn(why, append([]any{"failures", c.failures, "retry", delay}, errorAttrs(c.lastErr)...)...)
	c.timer = c.loop.CallLater(delay, func() {
		c.timer = nil
		c.connect()
	})
}

func (c *Client) stop() *deferred.Deferred[struct{}] {
	d := c.gone.add(c.loop)
	c.state = ClientDisconnecting
	c.cancelTimer()
	c.cancelPrepare()
	switch {
	case c.conn != nil:
		c.close()
	case c.attempt != nil:
		c.attempt.Cancel() // its end leads on
	default:
		c.finish()
	}
	return d
}

// close closes the connection; connectionLost follows.
func (c *Client) close() {
	conn := c.conn
	conn.t.LoseConnection()
	if c.timer == nil && c.conn == conn {
		c.timer = c.loop.CallLater(c.cfg.CloseTimeout, func() {
			c.timer = nil
			conn.t.AbortConnection()
		})
	}
}

func (c *Client) finish() {
	c.state = ClientStopped
	c.ending.end(nil)
	c.gone.fire(nil)
}

func (c *Client) cancelTimer() {
	if c.timer != nil {
		c.timer.Cancel()
		c.timer = nil
	}
}

func (c *Client) cancelPrepare() {
	if d := c.preparing; d != nil {
		c.preparing = nil
		d.Cancel()
	}
}

// dismiss fails those who wait for a connection, unless the service will be started again.
func (c *Client) dismiss(err error) {
	if c.life.state == Running || len(c.life.starts) > 0 {
		return
	}
	all := c.waiting
	c.waiting = nil
	for _, w := range all {
		w.d.Errback(err)
	}
}

func (c *Client) forget(w *connWaiter) {
	for i, o := range c.waiting {
		if o == w {
			c.waiting = append(c.waiting[:i], c.waiting[i+1:]...)
			return
		}
	}
}
