// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/protocol"
)

// lines bound what peers can fill the log with; the counters tell of all.
type lines struct{ overflows, refusals, descriptors, datagrams, panics, factories loglimit.Limit }

// logFor returns the reactor's logger for what belongs to a service, which may have no name.
func (r *Reactor) logFor(service string) *slog.Logger {
	if service == "" {
		return r.log
	}
	return r.log.With("service", service)
}

// log writes a line about the connection, at the level of errors.
func (c *conn) log(msg string, args ...any) {
	c.loop.r.log.Error(msg, slices.Concat(anys(c.LogAttrs()), args)...)
}

func anys(attrs []slog.Attr) []any {
	all := make([]any, len(attrs))
	for i, a := range attrs {
		all[i] = a
	}
	return all
}

// LogAttrs tells what a line about the connection says; see [protocol.LogDescriber]. Loop only.
func (c *conn) LogAttrs() []slog.Attr {
	attrs := []slog.Attr{
		slog.Uint64("conn", c.id), slog.String("peer", c.remote.String()), slog.String("local", c.local.String()), slog.String("protocol", protocol.TypeName(c.proto)),
	}
	if name := c.owner.serviceName(); name != "" {
		attrs = append(attrs, slog.String("service", name))
	}
	return attrs
}

func (r rawConn) LogAttrs() []slog.Attr { return r.c.LogAttrs() }

// attrs returns what a line about a datagram port says.
func (d *DatagramPort) attrs() []any {
	attrs := []any{slog.String("local", d.local.String()), slog.String("protocol", fmt.Sprintf("%T", d.proto))}
	if d.remote.IsValid() {
		attrs = append(attrs, slog.String("peer", d.remote.String()))
	}
	if d.service != "" {
		attrs = append(attrs, slog.String("service", d.service))
	}
	return attrs
}

// panicLog returns what to log of a panic, unless there were too many lately: each has a stack.
func (r *Reactor) panicLog(l *Loop, v any, stack []byte) ([]any, bool) {
	r.counters.panics.Add(1)
	return r.lines.panics.Allow(l.Now(), "panic", v, "stack", string(stack))
}

// run calls f, which is the user's. A panic is logged, with the place where f was scheduled if that is known.
func (l *Loop) run(f func(), made deferred.Stack) {
	defer l.recovered("a call", made, nil)
	f()
}

// A describer tells what a line about it says.
type describer interface{ attrs() []any }

// recovered is deferred where the user's code is called: a panic is logged. about is whose it was, or nil.
func (l *Loop) recovered(what string, made deferred.Stack, about describer) {
	v := recover()
	if v == nil {
		return
	}
	args, ok := l.r.panicLog(l, v, debug.Stack())
	if !ok {
		return
	}
	args = append(args, "loop", l.index)
	if about != nil {
		args = append(args, about.attrs()...)
	}
	if made != nil {
		args = append(args, "scheduled", made.String())
	}
	l.r.log.Error("reactor: panic in "+what, args...)
}
