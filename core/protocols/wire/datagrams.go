// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wire

import (
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// An Answer returns what to send for a datagram, nil for nothing. question is lent.
type Answer func(question []byte, now time.Time) []byte

// EchoAnswer returns the question.
func EchoAnswer(question []byte, _ time.Time) []byte { return question }

// DiscardAnswer says nothing.
func DiscardAnswer([]byte, time.Time) []byte { return nil }

// ChargenAnswer returns as much of the pattern as the question is long, and 512 bytes at most.
func ChargenAnswer(question []byte, _ time.Time) []byte {
	var b []byte
	for line := 0; len(b) < min(len(question), 512); line++ {
		b = appendPattern(b, line)
	}
	return b[:min(len(question), 512)]
}

// DaytimeAnswer tells the time as text.
func DaytimeAnswer(_ []byte, now time.Time) []byte { return daytime(now) }

// TimeAnswer tells the seconds since 1900.
func TimeAnswer(_ []byte, now time.Time) []byte { return seconds(now) }

// QuoteAnswer returns the Answer of a quote of the day; see QOTD.
func QuoteAnswer(quote func() string) Answer {
	return func([]byte, time.Time) []byte { return quoteOf(quote) }
}

// DefaultRate is the default of Datagrams.Rate.
const DefaultRate = 100

// Datagrams answers datagrams, each by one. Its fields are immutable after start.
type Datagrams struct {
	protocol.DatagramBase
	// Answer makes the answers. nil means DiscardAnswer.
	Answer Answer
	// Allowed are the networks that get answers. nil means the loopback networks.
	Allowed []netip.Prefix
	// Rate bounds the answers in a second. 0 means DefaultRate.
	Rate int

	second            time.Time
	sent              int
	answered, refused atomic.Int64
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// DatagramReceived answers.
func (d *Datagrams) DatagramReceived(t protocol.DatagramTransport, p []byte, from protocol.Addr) {
	now := t.Loop().Now()
	if d.Answer == nil || !d.allows(from) || !d.within(now) {
		d.refused.Add(1)
		return
	}
	if b := d.Answer(p, now); b != nil && t.WriteTo(b, from) == nil {
		d.answered.Add(1)
	}
}

// allows reports whether from may be answered. Below port 1024 are the services that would answer the answer.
func (d *Datagrams) allows(from protocol.Addr) bool {
	ap := from.AddrPort()
	if !ap.IsValid() || ap.Port() < 1024 {
		return false
	}
	nets := d.Allowed
	if nets == nil {
		nets = loopback
	}
	ip := ap.Addr().WithZone("")
	return slices.ContainsFunc(nets, func(n netip.Prefix) bool { return n.Contains(ip) })
}

func (d *Datagrams) within(now time.Time) bool {
	rate := d.Rate
	if rate <= 0 {
		rate = DefaultRate
	}
	if now.Sub(d.second) >= time.Second {
		d.second, d.sent = now, 0
	}
	d.sent++
	return d.sent <= rate
}

// Counts returns how many datagrams were answered, and how many were not allowed to be. Safe from any goroutine.
func (d *Datagrams) Counts() (answered, refused int64) { return d.answered.Load(), d.refused.Load() }
