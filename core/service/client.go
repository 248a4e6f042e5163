// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
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
	// MaxFailures ends the service after so many failed attempts in a row, of which the loss of a connection is none, see Client.Ended. 0 means never.
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
	losses    int                                   // 1 if the first of these was the loss of a connection
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
