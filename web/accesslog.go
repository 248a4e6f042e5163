// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// An Access describes a finished request.
type Access struct {
	Time      time.Time     // when the header was complete
	Duration  time.Duration // from then until the response was handed over, by the real clock: the loop's stands still meanwhile if it takes one pass
	Remote    net.Addr
	Method    string
	URI       string
	Proto     string
	Host      string
	Status    int
	Bytes     int64 // of the body
	Referer   string
	UserAgent string
	Request   *Request // for what else there is to know, while LogAccess runs
}

// An AccessLog is told of each finished request, on the loop that answered it: it must not block. With several loops it is called from each of them at the same
// time. a is lent.
type AccessLog interface {
	LogAccess(a *Access)
}

// SlogAccess returns an AccessLog that writes a record with one attribute for each field to l, with level Info. With slog.JSONHandler that is a log in JSON.
func SlogAccess(l *slog.Logger) AccessLog { return slogAccess{l} }

type slogAccess struct{ l *slog.Logger }

func (s slogAccess) LogAccess(a *Access) {
	s.l.LogAttrs(context.Background(), slog.LevelInfo, "request",
		slog.String("remote", clientOf(a.Remote)), slog.String("method", a.Method), slog.String("uri", a.URI), slog.String("proto", a.Proto),
		slog.String("host", a.Host), slog.Int("status", a.Status), slog.Int64("bytes", a.Bytes), slog.Duration("duration", a.Duration),
		slog.String("referer", a.Referer), slog.String("userAgent", a.UserAgent))
}

// CombinedLog returns an AccessLog that writes a line in the Combined Log Format to w for each request; lines of requests that arrived together leave in one Write. Quotes, backslashes, control characters and bytes outside of
// ASCII are escaped, so that a client cannot forge lines or reach a terminal. Errors of w are ignored. The loops write: while w blocks, on a full pipe or a
// slow disk, they wait. Twisted: combinedLogFormatter.
func CombinedLog(w io.Writer) AccessLog { return &combined{w: w} }

type combined struct {
	w      io.Writer
	format func(b []byte, a *Access) []byte // of LineLog; nil means the combined one
	mu     sync.Mutex                       // guards the rest, and the use of w
	lines  []byte                           // not written yet
	second int64
	clock  []byte
}

func (c *combined) LogAccess(a *Access) {
	c.note(a)
	c.flush()
}

// passLog is an AccessLog that need not be told of each request by itself.
type passLog interface {
	note(a *Access)
	flush() // follows the notes of a pass
}

// flush writes the lines that were noted, those of other loops too.
func (c *combined) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.lines) > 0 {
		c.w.Write(c.lines)
		if c.lines = c.lines[:0]; cap(c.lines) > deskMax {
			c.lines = nil
		}
	}
}

func (c *combined) note(a *Access) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.format != nil {
		c.lines = c.format(c.lines, a)
		return
	}
	if sec := a.Time.Unix(); sec != c.second || c.clock == nil {
		c.second = sec
		c.clock = a.Time.AppendFormat(c.clock[:0], " - - [02/Jan/2006:15:04:05 -0700] ")
	}
	b := appendClient(c.lines, a.Remote)
	b = append(b, c.clock...)
	b = append(b, '"')
	b = appendEscaped(b, a.Method)
	b = append(b, ' ')
	b = appendEscaped(b, a.URI)
	b = append(b, ' ')
	b = appendEscaped(b, a.Proto)
	b = append(b, '"', ' ')
	b = strconv.AppendInt(b, int64(a.Status), 10)
	b = append(b, ' ')
	if a.Bytes == 0 {
		b = append(b, '-')
	} else {
		b = strconv.AppendInt(b, a.Bytes, 10)
	}
	b = appendQuoted(append(b, ' '), a.Referer)
	b = appendQuoted(append(b, ' '), a.UserAgent)
	c.lines = append(b, '\n')
}

// clientOf returns the IP address, or "-" for a client that has none.
func clientOf(a net.Addr) string { return string(appendClient(nil, a)) }

func appendClient(b []byte, a net.Addr) []byte {
	if ip := protocol.FromNetAddr(a).AddrPort().Addr(); ip.IsValid() {
		return ip.AppendTo(b)
	}
	return append(b, '-')
}

// accesses recycles what loggers are lent.
var accesses = sync.Pool{New: func() any { return new(Access) }}

func appendQuoted(b []byte, s string) []byte {
	if s == "" {
		s = "-"
	}
	return append(appendEscaped(append(b, '"'), s), '"')
}

func appendEscaped(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c >= 0x7f:
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return b
}
