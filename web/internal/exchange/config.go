// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"cmp"
	"context"
	"errors"
	"net/http/httptrace"
	"os"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A Config bounds a [Pool], which copies it. Zero fields mean their defaults.
type Config struct {
	MaxConns   int // connections, those in use included; 0 means 1024
	MaxIdle    int // connections that wait for an exchange; 0 means 64, below 0 none
	MaxWaiting int // exchanges that wait for a connection; 0 means 1024, below 0 none; beyond it ErrBusy

	Connect  time.Duration // for a connection; 0 means 10 s
	Wait     time.Duration // for one of the pool's; 0 means 10 s; beyond it ErrBusy
	Response time.Duration // from the end of the request, or an interim head, to the head of the response; 0 means 60 s
	Between  time.Duration // between two reads of a response, and for a part of a request to leave; 0 means 60 s
	Unread   time.Duration // that a response waits in one Pause; 0 means no limit
	Idle     time.Duration // that a connection is kept without an exchange; 0 means 60 s

	Limits h1.Limits // of responses

	HTTP2 HTTP2 // whether it is spoken; the zero value is off

	// Traced returns what makes a connection for an exchange with that Trace, in place of the pool's client; nil means that client.
	Traced func(t *httptrace.ClientTrace) (endpoint.Client, error)

	Group *Group // what bounds this pool together with others of its loop; nil for none
}

// Times are time limits of one exchange. 0 means the pool's, below 0 none.
type Times struct {
	Connect, Wait, Response, Between, Unread time.Duration // as in Config
}

// unread returns how much longer x may wait in its Pause, 0 or less for no more; and whether there is a limit.
func (x *Exchange) unread() (left time.Duration, limited bool) {
	limit := or(x.Times.Unread, x.pool.cfg.Unread)
	if limit <= 0 {
		return 0, false
	}
	return x.pausedAt.Add(limit).Sub(x.pool.loop.Now()), true
}

var errUnread = &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: errors.New("nobody reads the response")}

// or returns the limit that holds: own, or the pool's.
func or(own, pools time.Duration) time.Duration { return cmp.Or(own, pools) }

func (c Config) withDefaults() Config {
	c.MaxConns = cmp.Or(max(c.MaxConns, 0), 1024)
	c.MaxIdle = max(cmp.Or(c.MaxIdle, 64), 0)
	c.MaxWaiting = max(cmp.Or(c.MaxWaiting, 1024), 0)
	c.Connect = cmp.Or(max(c.Connect, 0), 10*time.Second)
	c.Wait = cmp.Or(max(c.Wait, 0), 10*time.Second)
	c.Response = cmp.Or(max(c.Response, 0), time.Minute)
	c.Between = cmp.Or(max(c.Between, 0), time.Minute)
	c.Idle = cmp.Or(max(c.Idle, 0), time.Minute)
	c.Limits = c.Limits.WithDefaults()
	return c
}

// A Phase is how far an exchange had come.
type Phase uint8

const (
	PhaseRequest  Phase = iota // the request cannot be sent: it is not well-formed
	PhaseConnect               // nothing of it was sent to a server
	PhaseSent                  // it was sent, or a part of it, and nothing came back
	PhaseResponse              // the head of the response was coming
	PhaseBody                  // the body of the response was coming
)

// String returns a word for the phase.
func (p Phase) String() string {
	return [...]string{"request", "connect", "sent", "response", "body"}[p]
}

// An Error is the end of an exchange that failed. Time limits match os.ErrDeadlineExceeded. Err is an *h2.Error where a server of HTTP/2 has ended the stream, and a *[RefusedError]
// where it has done so again and again.
type Error struct {
	Phase Phase
	Err   error
}

// Error returns "http: phase: cause".
func (e *Error) Error() string { return "http: " + e.Phase.String() + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

var (
	// ErrBusy is the end of an exchange for which there was no connection: too many waited, or it waited for too long.
	ErrBusy         = errors.New("too many wait for the server")
	errWaited error = waitedError{}
	// ErrCancelled is the end of an exchange by Cancel, or by the pool's Close.
	ErrCancelled = errors.New("cancelled")

	errInterims = errors.New("too many interim responses")
	errSwitch   = errors.New("the server switches protocols without being asked")
	errShort    = errors.New("the request body is shorter than its length")
)

// waitedError is ErrBusy after the time to wait.
type waitedError struct{}

func (waitedError) Error() string { return ErrBusy.Error() + ": none got free in time" }

func (waitedError) Is(target error) bool {
	return target == ErrBusy || target == os.ErrDeadlineExceeded || target == context.DeadlineExceeded
}
