// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package bridge

import (
	"context"
	"github.com/torsion-go/torsion/core/internal/loglimit"
	"log/slog"
	"net"
	"runtime/debug"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// A Server is a factory whose connections are each served by a function on a goroutine of its own. Its fields are immutable after start.
type Server struct {
	// Serve serves one connection. ctx ends when the connection is lost. When Serve returns nil the connection is closed, else the error is logged
	// and the connection aborted; a panic is an error. Serve has to return when its connection fails.
	Serve func(ctx context.Context, conn net.Conn) error
	// Logger logs what Serve returns; nil means slog.Default().
	Logger *slog.Logger
}

// Blocking returns a factory whose connections are each served by f on a goroutine of its own; see [Server].
func Blocking(f func(ctx context.Context, conn net.Conn) error) protocol.Factory {
	return &Server{Serve: f}
}

// BuildProtocol returns a protocol that calls Serve when its connection is made.
func (s *Server) BuildProtocol(net.Addr) (protocol.Protocol, error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	made := func(c *Conn) {
		// The connection owns this goroutine: its end makes every call on c fail and ends ctx.
		go s.run(ctx, c, protocol.LogAttrs(c.t))
	}
	return NewProtocol(made, func(_ *Conn, reason error) { cancel(reason) }), nil
}

func (s *Server) run(ctx context.Context, c *Conn, about []any) {
	err := s.call(ctx, c)
	if err == nil {
		c.Close() // an error tells that Serve closed it
		return
	}
	c.Abort()
	log := s.Logger
	if log == nil {
		log = slog.Default()
	}
	args := []any{"error", err}
	if p, ok := err.(*protocol.PanicError); ok {
		args = append(args, "stack", string(p.Stack))
	}
	if args, ok := failures.Allow(time.Now(), args...); ok {
		log.ErrorContext(ctx, "bridge: serving a connection failed", append(about, args...)...)
	}
}

// failures bounds the lines about connections that failed, which peers may bring about.
var failures loglimit.Limit

func (s *Server) call(ctx context.Context, c *Conn) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &protocol.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return s.Serve(ctx, c)
}
