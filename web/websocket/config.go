// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"cmp"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/ws"
)

// Options are what servers and clients have in common. Zero fields mean their defaults.
type Options struct {
	// Protocols are the names of the subprotocols that are spoken, the preferred one first; none means that there are none. See [Conn.Protocol].
	Protocols []string
	// Compression says how messages are compressed (permessage-deflate, RFC 7692) if the peer can do so too.
	Compression Compression
	// MaxMessage is the size in bytes of the longest message that is received, also after decompression; 0 means 1 MiB. Over it the connection is closed with 1009. A negative value
	// means no bound, for a [PartHandler] only: messages that are held whole, as compressed ones are, are still bounded by 1 MiB then.
	MaxMessage int64
	// MaxFrame is the length in bytes of the longest frame; 0 means that of MaxMessage. Over it 1009.
	MaxFrame int64
	// MaxFragments is how many frames may make up a message; 0 means 4096. Over it 1008.
	MaxFragments int
	// MaxRatio is how many times its size a message may grow to by decompression, beyond the first MiB; 0 means 100. Over it 1009.
	MaxRatio int
	// MessageTimeout is how long a message may take from its first byte to its last, while nothing has paused the connection; 0 means 2 min, but no limit for what a [PartHandler] gets as it comes; a negative
	// value means none at all. Over it 1008.
	MessageTimeout time.Duration
	// MaxControls is how many pings, pongs and the like may come at once, and ControlRate how many a second in the long run; 0 means 100 and 10. Over it 1008.
	MaxControls, ControlRate int
	// Queue is how many bytes may wait to be sent to a peer that does not read; 0 means 1 MiB. A message that is longer is still sent if nothing waits. Over it [ErrSlow].
	Queue int
	// Slow is what becomes of a connection when that limit strikes.
	Slow Policy
	// Ping is after how long without a word from the peer a Ping is sent; 0 means 30 s, a negative value never.
	Ping time.Duration
	// Pong is how long the peer may take to answer that, or to go on reading if much waits for it; 0 means 20 s. Then the connection is aborted.
	Pong time.Duration
	// CloseTimeout is how long the close handshake may take, whatever the peer sends meanwhile; 0 means 5 s. Then the connection is aborted.
	CloseTimeout time.Duration
	// Logger hears of panics of handlers; nil means slog.Default.
	Logger *slog.Logger
}

// A Policy is what becomes of peers that do not read.
type Policy uint8

const (
	// Disconnect closes the connection with 1013 (try again later).
	Disconnect Policy = iota
	// Drop leaves out what there is no room for.
	Drop
)

// Compression is what is done of permessage-deflate (RFC 7692). The zero Compression compresses each message by itself, in both directions, if the peer agrees: a connection that is quiet
// holds nothing then.
type Compression struct {
	// Disabled means that it is neither offered nor accepted.
	Disabled bool
	// SendTakeover lets messages refer to the ones that were sent before them: better for many small ones, at up to 8 KiB of memory for each connection. A message that was prepared is
	// not compressed then.
	SendTakeover bool
	// ReceiveTakeover lets the peer do so, at up to 32 KiB for each connection.
	ReceiveTakeover bool
	// ReceiveBits is the window that the peer may refer back in, as the exponent of 2: 9 to 15 for 512 bytes to 32 KiB; 0 means 15. It bounds what ReceiveTakeover holds for each connection. A client that does not offer to be bounded
	// (client_max_window_bits) gets no ReceiveTakeover then.
	ReceiveBits int
	// Threshold is the length in bytes of the shortest message that is compressed; 0 means 512, or 128 with SendTakeover.
	Threshold int
	// Level is 1 (fast) to 9 (small); 0 means a compressor that keeps no state, as fast as 1.
	Level int
}

// settings are Options as connections use them. Immutable but for the counters.
type settings struct {
	Options
	limits  ws.Limits
	deflate *ws.Compression // nil if it is disabled
	maxHeld int64           // 0 means no bound
	stats   counters

	mu      sync.Mutex
	clocked []clocked // guarded by mu: limits by loop, whose clock they ask
}

// clocked are limits with the clock of a loop.
type clocked struct {
	loop   protocol.Loop
	limits *ws.Limits
}

// limitsOn returns the limits of connections of loop.
func (s *settings) limitsOn(loop protocol.Loop) *ws.Limits {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.clocked {
		if c.loop == loop {
			return c.limits
		}
	}
	l := s.limits
	l.Now = loop.Now
	s.clocked = append(s.clocked, clocked{loop, &l})
	return &l
}

// messageTimeout is MessageTimeout of a message of which as much is held; negative for none.
func (s *settings) messageTimeout(parts bool, held int) time.Duration {
	switch {
	case s.MessageTimeout != 0:
		return s.MessageTimeout
	case parts && held == 0:
		return -1
	}
	return 2 * time.Minute
}

type counters struct {
	open, opened, refused, foreign, violations, limited, timedOut, slow, panics, held atomic.Int64
}

func newSettings(o Options) *settings {
	o.Queue = cmp.Or(max(o.Queue, 0), 1<<20)
	o.Ping = cmp.Or(o.Ping, 30*time.Second)
	o.Pong = cmp.Or(max(o.Pong, 0), 20*time.Second)
	o.CloseTimeout = cmp.Or(max(o.CloseTimeout, 0), 5*time.Second)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &settings{Options: o, limits: ws.Limits{
		Message: o.MaxMessage, Frame: o.MaxFrame, Fragments: o.MaxFragments, Ratio: o.MaxRatio, Controls: o.MaxControls, ControlRate: max(o.ControlRate, 0),
	}}
	if c := o.Compression; !c.Disabled {
		s.deflate = &ws.Compression{SendTakeover: c.SendTakeover, ReceiveTakeover: c.ReceiveTakeover, ReceiveBits: c.ReceiveBits, Threshold: c.Threshold, Level: c.Level}
	}
	return s
}

// Stats counts what a Server and its connections have done.
type Stats struct {
	Open       int64 // at this moment
	Opened     int64 // handshakes that succeeded
	Refused    int64 // handshakes that did not
	Foreign    int64 // of these, for their Origin
	Violations int64 // connections closed because the peer broke the protocol
	Limited    int64 // because of one of the limits of what is received
	TimedOut   int64 // aborted because a Ping or a Close was not answered
	Slow       int64 // messages that met a full queue
	Panics     int64 // of handlers
	Held       int64 // bytes of messages that are half received, at this moment
}

func (c *counters) snapshot() Stats {
	return Stats{
		c.open.Load(), c.opened.Load(), c.refused.Load(), c.foreign.Load(), c.violations.Load(), c.limited.Load(), c.timedOut.Load(), c.slow.Load(), c.panics.Load(), c.held.Load(),
	}
}
