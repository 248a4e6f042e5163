// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"errors"
	"io"
	"log/slog"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/protocol"
)

// Stats counts what happened to the connections of a [Layer] since it was made.
type Stats struct {
	Completed int64 // handshakes that were completed
	Resumed   int64 // of these, resumed sessions
	Failed    int64 // handshakes that failed, for whatever reason
	TimedOut  int64 // of these, by HandshakeTimeout
	Oversized int64 // of these, by MaxHandshakeBytes
	Broken    int64 // connections that ended after the handshake by an alert, a bad record or a missing close_notify
	Stuck     int64 // connections that ended by CloseTimeout
	Overflows int64 // connections that ended because the peer did not read
	Discarded int64 // bytes of plain text that StartTLS dropped
}

type counters struct {
	completed, resumed, failed, timedOut, oversized, broken, stuck, overflows, discarded atomic.Int64
}

// Stats returns the counts. Safe from any goroutine.
func (l *Layer) Stats() Stats {
	n := &l.counters
	return Stats{
		Completed: n.completed.Load(), Resumed: n.resumed.Load(),
		Failed: n.failed.Load(), TimedOut: n.timedOut.Load(), Oversized: n.oversized.Load(),
		Broken: n.broken.Load(), Stuck: n.stuck.Load(), Overflows: n.overflows.Load(),
		Discarded: n.discarded.Load(),
	}
}

func (c *conn) logger() *slog.Logger {
	if l := c.layer.opt.Logger; l != nil {
		return l
	}
	if l, ok := c.raw.Loop().(interface{ Logger() *slog.Logger }); ok {
		return l.Logger()
	}
	return slog.Default()
}

// failed counts and logs the failure of a handshake.
func (c *conn) failed(err, reason error) {
	n := &c.layer.counters
	n.failed.Add(1)
	switch err {
	case errHandshakeTime:
		n.timedOut.Add(1)
	case errHandshakeSize:
		n.oversized.Add(1)
	}
	c.report("TLS handshake failed", reason)
}

// broke counts and logs the failure of an established connection.
func (c *conn) broke(reason error) {
	c.layer.counters.broken.Add(1)
	msg := "TLS connection failed"
	if errors.Is(reason, io.ErrUnexpectedEOF) {
		msg = "TLS connection was cut off without close_notify"
	}
	c.report(msg, reason)
}

func (c *conn) report(msg string, reason error) {
	if p, ok := reason.(*protocol.PanicError); ok {
		if args, ok := c.layer.lines.Allow(c.raw.Loop().Now(), "panic", p.Value, "stack", string(p.Stack)); ok {
			c.logger().Error("tlswrap: panic in a TLS connection", protocol.LogAttrs(c.raw, args...)...)
		}
		return
	}
	if args, ok := c.layer.lines.Allow(c.raw.Loop().Now(), "error", reason); ok {
		c.logger().Info(msg, protocol.LogAttrs(c.raw, args...)...)
	}
}
