// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse

import (
	"errors"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/web/client"
)

// A SourceConfig holds the options of a [Source]. Its zero value means the defaults that the fields name. The functions are called on the loop.
type SourceConfig struct {
	// LastEventID is what the first request says; "" means that there is none.
	LastEventID string
	// Retry is how long to wait before connecting again, unless the server says how long; 0 means 3 s. The server's word counts from half a second, or Retry if that is shorter, up to an hour.
	Retry time.Duration
	// MaxRetry bounds the wait, which doubles with each attempt that fails; 0 means 1 minute. A wait is up to a quarter longer, so that not all clients come back at once.
	MaxRetry time.Duration
	// Attempts is how many may fail one after the other; 0 means any number.
	Attempts int
	// Idle is how long nothing may come, not even a comment, before the connection is taken for dead and made again; 0 means 5 minutes, a negative value never.
	Idle time.Duration
	// MaxEvent bounds an event; 0 means 1 MiB. A larger one ends the Source with [ErrTooLarge].
	MaxEvent int
	// Opened, if it is not nil, is called when a connection stands.
	Opened func(res *client.Response)
	// Lost, if it is not nil, is called when a connection is lost, or an attempt failed, and another one will be made after wait. err is io.EOF for an orderly end.
	Lost func(err error, wait time.Duration)
	// Logger gets the same, at level Info; nil means none.
	Logger *slog.Logger
}

// SourceStats counts what a [Source] has done.
type SourceStats struct {
	Attempts    int64 // requests
	Connections int64 // among them, streams that have begun
	Events      int64
	Idle        int64 // connections that were taken for dead
}

// How long a server can have a [Source] wait: never so short that it makes the client call without pause.
const (
	minRetry = 500 * time.Millisecond
	maxRetry = time.Hour
)

// ErrNotStream is why a [Source] ends when what it gets is no stream of events: another status than 200 and those that are worth another attempt, or another type than text/event-stream.
var ErrNotStream = errors.New("sse: the answer is no event stream")
