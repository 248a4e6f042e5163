// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"

	"github.com/torsion-go/torsion/core/internal/loglimit"
)

// lines bound what peers can fill the log with; the counters tell of all.
type lines struct{ overflows, refusals, descriptors, datagrams loglimit.Limit }

// log writes a line about the connection, at the level of errors.
func (c *conn) log(msg string, args ...any) {
	c.loop.r.log.With(
		slog.Uint64("conn", c.id), slog.String("peer", c.remote.String()), slog.String("local", c.local.String()), slog.String("protocol", fmt.Sprintf("%T", c.proto)),
	).Error(msg, args...)
}

// run calls f, which is the user's. A panic is logged, with the place where f was scheduled if that is known.
func (l *Loop) run(f func(), made []uintptr) {
	defer l.recovered("a call", made)
	f()
}

// recovered is deferred where the user's code is called: a panic is logged.
func (l *Loop) recovered(what string, made []uintptr) {
	v := recover()
	if v == nil {
		return
	}
	l.r.counters.panics.Add(1)
	args := []any{"loop", l.index, "panic", v, "stack", string(debug.Stack())}
	if made != nil {
		args = append(args, "scheduled", places(made))
	}
	l.r.log.Error("reactor: panic in "+what, args...)
}

// places formats program counters as a stack is printed.
func places(pcs []uintptr) string {
	var text []byte
	frames := runtime.CallersFrames(pcs)
	for more := len(pcs) > 0; more; {
		var f runtime.Frame
		f, more = frames.Next()
		text = fmt.Appendf(text, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
	}
	return string(text)
}
