// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// Defaults of [ReconnectingClientFactory].
const (
	DefaultInitialDelay = time.Second
	DefaultMaxDelay     = time.Hour
	DefaultFactor       = math.E
	DefaultJitter       = 0.119626565582
)

// A ReconnectingClientFactory is a ClientFactory that connects again whenever its connection fails or ends, after a delay that grows. Embed it, or use it as it
// is: the zero value but for Factory is ready to use. Call ResetDelay when a connection proves good. New code uses a client service instead. Twisted:
// ReconnectingClientFactory. Loop only.
type ReconnectingClientFactory struct {
	// Factory makes the protocols.
	protocol.Factory
	// InitialDelay is where the delay starts, before it is multiplied for the first time. 0 means DefaultInitialDelay.
	InitialDelay time.Duration
	// MaxDelay bounds the delay before jitter. 0 means DefaultMaxDelay.
	MaxDelay time.Duration
	// Factor multiplies the delay from one retry to the next. 0 means DefaultFactor.
	Factor float64
	// Jitter is the standard deviation of the delay as a part of it, so that many clients do not come back together. 0 means DefaultJitter, a negative value
	// none.
	Jitter float64
	// MaxRetries bounds the retries in a row. 0 means no bound.
	MaxRetries int

	delay   time.Duration
	retries int
	stopped bool
	conn    *Connector
	timer   protocol.DelayedCall
}

var _ ClientFactory = (*ReconnectingClientFactory)(nil)

// Unwrap returns Factory.
func (f *ReconnectingClientFactory) Unwrap() protocol.Factory { return f.Factory }

// StartedConnecting remembers the connector.
func (f *ReconnectingClientFactory) StartedConnecting(c *Connector) { f.conn = c }

// ConnectionFailed tries again.
func (f *ReconnectingClientFactory) ConnectionFailed(c *Connector, _ error) { f.Retry(c) }

// ConnectionLost tries again.
func (f *ReconnectingClientFactory) ConnectionLost(c *Connector, _ error) { f.Retry(c) }

// Retry connects c again after the next delay, unless StopTrying was called or MaxRetries is used up.
func (f *ReconnectingClientFactory) Retry(c *Connector) {
	f.conn = c
	if f.stopped || f.MaxRetries > 0 && f.retries >= f.MaxRetries {
		return
	}
	f.retries++
	f.timer = c.loop.CallLater(f.next(), c.Connect)
}

// next returns the delay before the next retry.
func (f *ReconnectingClientFactory) next() time.Duration {
	if f.delay == 0 {
		f.delay = or(f.InitialDelay, DefaultInitialDelay)
	}
	grown := float64(f.delay) * or(f.Factor, DefaultFactor)
	f.delay = time.Duration(min(grown, float64(or(f.MaxDelay, DefaultMaxDelay))))
	jitter := or(f.Jitter, DefaultJitter)
	if jitter <= 0 {
		return f.delay
	}
	varied := float64(f.delay) * (1 + rand.NormFloat64()*jitter)
	return time.Duration(max(varied, 0))
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// ResetDelay starts the delays and the count of retries over. Call it when a connection proves good.
func (f *ReconnectingClientFactory) ResetDelay() { f.delay, f.retries, f.stopped = 0, 0, false }

// StopTrying cancels the retry that is due and gives a running attempt up.
func (f *ReconnectingClientFactory) StopTrying() {
	f.stopped = true
	if f.timer != nil {
		_ = f.timer.Cancel() // it may have run
		f.timer = nil
	}
	if f.conn != nil {
		_ = f.conn.StopConnecting() // there may be no attempt
	}
}
