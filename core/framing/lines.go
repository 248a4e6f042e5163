// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing

import (
	"cmp"

	"github.com/torsion-go/torsion/core/protocol"
)

// A LineHandler handles the lines of one connection. It may be a [MadeHandler], [LostHandler] or [HandshakeHandler] of *Lines, a [RawHandler] and a [LongLineHandler]
// too. Its methods are called on the loop, never one inside another.
type LineHandler interface {
	// LineReceived gets a line without its delimiter. It is lent until return.
	LineReceived(c *Lines, line []byte)
}

// A LineHandlerFunc is a function as a [LineHandler].
type LineHandlerFunc func(c *Lines, line []byte)

// LineReceived calls f.
func (f LineHandlerFunc) LineReceived(c *Lines, line []byte) { f(c, line) }

// A RawHandler is a [LineHandler] that can do without lines for a while.
type RawHandler interface {
	// RawDataReceived gets what comes in raw mode. p is lent until return.
	RawDataReceived(c *Lines, p []byte)
}

// A LongLineHandler is a [LineHandler] that decides what happens to a line longer than MaxLength, in place of closing the connection.
type LongLineHandler interface {
	// LineLengthExceeded gets the first MaxLength bytes of the line, lent until return. Unless it closes the connection, the rest of the line is
	// skipped. Twisted: lineLengthExceeded.
	LineLengthExceeded(c *Lines, start []byte)
}

// Lines is a protocol that delivers lines, and raw data, to a handler. It is for one connection: the factory makes one for each. To its handler it is also
// the connection's transport, and the handler should close, pause and resume that way: then no buffered line is delivered any more. Before ConnectionMade
// only the fields may be used. Loop only. Twisted: LineReceiver, LineOnlyReceiver.
type Lines struct {
	Handler   LineHandler
	Delimiter string // "" means CRLF
	MaxLength int    // of a line in bytes, the delimiter not counted; 0 means DefaultMaxLine; a longer one closes the connection

	stream
	parser LineParser
	raw    bool
	out    []byte
}

var (
	_ protocol.Protocol          = (*Lines)(nil)
	_ protocol.Transport         = (*Lines)(nil)
	_ protocol.BufferDiscarder   = (*Lines)(nil)
	_ protocol.HandshakeListener = (*Lines)(nil)
)

// NewLines returns a Lines for handler with the defaults.
func NewLines(handler LineHandler) *Lines { return &Lines{Handler: handler} }

// ConnectionMade implements protocol.Protocol.
func (l *Lines) ConnectionMade(t protocol.Transport) {
	l.connect(t, &l.parser.in, l.step)
	l.call(func() { made(l.Handler, l) })
	l.deliver()
}

// DataReceived implements protocol.Protocol. Inside a handler it queues p for later.
func (l *Lines) DataReceived(_ protocol.Transport, p []byte) { l.feed(p) }

// ConnectionLost implements protocol.Protocol.
func (l *Lines) ConnectionLost(_ protocol.Transport, reason error) {
	l.close()
	lost(l.Handler, l, l.reason(reason))
}

// HandshakeCompleted implements protocol.HandshakeListener.
func (l *Lines) HandshakeCompleted(protocol.Transport) {
	l.call(func() { handshake(l.Handler, l) })
	l.deliver()
}

// step delivers one line or what there is of raw data.
func (l *Lines) step() bool {
	if l.raw {
		p := l.in.data
		if len(p) == 0 {
			return false
		}
		l.in.clear()
		l.Handler.(RawHandler).RawDataReceived(l, p)
		return true
	}
	l.parser.Delimiter, l.parser.MaxLength = l.Delimiter, l.MaxLength
	line, ok, err := l.parser.Next()
	switch {
	case ok:
		l.Handler.LineReceived(l, line)
	case err == nil:
		return false
	default:
		h, ok := l.Handler.(LongLineHandler)
		if !ok {
			l.violate(err)
			return false
		}
		h.LineLengthExceeded(l, line)
	}
	return true
}

// SendLine writes line and the delimiter, in one write. Errors as Write.
func (l *Lines) SendLine(line []byte) error {
	l.out = append(l.out[:0], line...)
	return l.sendOut()
}

// SendLineString is SendLine of a string.
func (l *Lines) SendLineString(line string) error {
	l.out = append(l.out[:0], line...)
	return l.sendOut()
}

func (l *Lines) sendOut() error {
	l.out = append(l.out, cmp.Or(l.Delimiter, crlf)...)
	_, err := l.Write(l.out)
	if cap(l.out) > keepCapacity {
		l.out = nil
	}
	return err
}

// SetRawMode delivers what follows, beginning with what is buffered, to RawDataReceived. It panics if the handler is no [RawHandler].
func (l *Lines) SetRawMode() {
	if _, ok := l.Handler.(RawHandler); !ok {
		panic("framing: SetRawMode with a handler that has no RawDataReceived")
	}
	l.raw = true
}

// SetLineMode delivers lines again, beginning with those in extra, which is the part of what RawDataReceived got that is not raw data.
func (l *Lines) SetLineMode(extra []byte) {
	l.raw = false
	l.parser.scanned, l.parser.skipping = 0, false
	if len(extra) == 0 || l.closed {
		return
	}
	l.in.replace(extra, l.in.data)
	if !l.busy && !l.paused {
		l.later()
	}
}

// RawMode reports whether input is delivered as raw data.
func (l *Lines) RawMode() bool { return l.raw }

// ClearLineBuffer drops what was not delivered, and returns it.
func (l *Lines) ClearLineBuffer() []byte { return l.parser.Clear() }

// DiscardBuffered drops the input that was not delivered and returns how many bytes it was. It implements protocol.BufferDiscarder.
func (l *Lines) DiscardBuffered() int { return len(l.parser.Clear()) }
