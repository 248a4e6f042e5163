// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"iter"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// record returns a handshake record in clear.
func record(kind byte, version uint16, body string) string {
	return string([]byte{kind, byte(version >> 8), byte(version), byte(len(body) >> 8), byte(len(body))}) + body
}

// TestGarbage (class 32): what is no TLS ends the connection, with an alert and a line in the log, however it is split.
func TestGarbage(t *testing.T) {
	for _, tt := range []struct {
		name, input string
		alert       byte // in clear
	}{
		{"HTTP", "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", 10},
		{"zeros", strings.Repeat("\x00", 100), 10},
		{"SSL 2", "\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10" + strings.Repeat("x", 40), 70},
		{"oversize record", "\x16\x03\x01\xff\xff", 22},
		{"oversize message", record(22, 0x301, "\x01\xff\xff\xff"), 80},
		{"application data first", record(23, 0x301, "hello"), 10},
		{"no ClientHello", record(22, 0x301, "\x02\x00\x00\x02\x03\x03"), 50},
		{"broken ClientHello", record(22, 0x301, "\x01\x00\x00\x02\x03\x03"), 50},
		{"empty record", record(22, 0x301, ""), 10},
		{"endless warnings", strings.Repeat(record(21, 0x301, "\x01\x5a"), 100), 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			so := options(serverConfig(0))
			so.Logger = slog.New(slog.NewTextHandler(&log, nil))
			l := server(t, so)
			protocoltest.Splits(t, []byte(tt.input), func(pieces iter.Seq[[]byte]) string {
				raw := protocoltest.NewStringTransport()
				var e end
				raw.Connect(wrap(t, l, &e))
				for p := range pieces {
					raw.Feed(p)
				}
				raw.Clock.Settle()
				if !errors.Is(e.Reason(), protocol.ErrProtocolViolation) || !errors.Is(e.Reason(), protocol.ErrTLS) {
					t.Errorf("lost by %v", e.Reason())
				}
				out := raw.Take()
				if len(out) < 7 || out[0] != 21 || out[len(out)-1] != tt.alert {
					t.Errorf("answered %x, want alert %d", out, tt.alert)
				}
				return e.Reason().Error() + out
			})
			if !strings.Contains(log.String(), "TLS handshake failed") || !strings.Contains(log.String(), "192.168.1.1") {
				t.Errorf("log: %s", log.String())
			}
		})
	}
}

// TestFailuresDoNotFloodTheLog: peers decide how often they fail, so a second has ten lines at most, and the next one tells what was left out.
func TestFailuresDoNotFloodTheLog(t *testing.T) {
	var log bytes.Buffer
	so := options(serverConfig(0))
	so.Logger = slog.New(slog.NewTextHandler(&log, nil))
	l := server(t, so)
	clock := protocoltest.NewClock()
	fail := func() {
		raw := protocoltest.NewStringTransport()
		raw.Clock = clock
		raw.Connect(wrap(t, l, &end{}))
		raw.FeedString("GET / HTTP/1.0\r\n\r\n")
		clock.Settle()
	}
	for range 25 {
		fail()
	}
	if n := strings.Count(log.String(), "\n"); n != 10 {
		t.Errorf("25 failures in one second were logged in %d lines", n)
	}
	clock.Advance(time.Second)
	log.Reset()
	fail()
	if !strings.Contains(log.String(), "unlogged=15") {
		t.Errorf("a second later: %s", log.String())
	}
	if n := l.Stats().Failed; n != 26 {
		t.Errorf("%d failures were counted", n)
	}
}

// TestHandshakeThatNeverFinishes (class 32): nothing, or part of a handshake, and then silence.
func TestHandshakeThatNeverFinishes(t *testing.T) {
	for _, sent := range []int{0, 1, 200} {
		before := runtime.NumGoroutine()
		so := options(serverConfig(0))
		so.HandshakeTimeout = 7 * time.Second
		s, c := byHands(t, so, options(clientConfig(0)))
		s.raw.FeedString(c.raw.Value()[:sent])
		s.raw.Clock.Advance(7*time.Second - 1)
		s.raw.Clock.Settle()
		if s.Reason() != nil {
			t.Fatalf("lost too early: %v", s.Reason())
		}
		s.raw.Clock.Advance(1)
		s.raw.Clock.Settle()
		mustLose(t, "server", &s.end, protocol.ErrConnectionTimeout, os.ErrDeadlineExceeded, protocol.ErrTLS)
		c.raw.Lose(protocol.Lost(nil))
		if n := goroutines(before); n > before {
			t.Errorf("%d goroutines, %d before", n, before)
		}
	}
}

// TestDefaultHandshakeTimeout (class 32): the limit is there without being asked for, and is no limit on the connection.
func TestDefaultHandshakeTimeout(t *testing.T) {
	s, c := byHands(t, options(serverConfig(0)), options(clientConfig(0)))
	s.raw.Clock.Advance(tlswrap.DefaultHandshakeTimeout)
	s.raw.Clock.Settle()
	mustLose(t, "server", &s.end, protocol.ErrConnectionTimeout)
	mustLose(t, "client", &c.end, protocol.ErrConnectionTimeout)

	s, c = byHands(t, options(serverConfig(0)), options(clientConfig(0)))
	shuttle(s, c)
	s.raw.Clock.Advance(time.Hour)
	if s.Reason() != nil || c.Reason() != nil {
		t.Errorf("an idle connection was lost: %v, %v", s.Reason(), c.Reason())
	}
}

// TestHandshakeBytes (class 32): what an unknown peer may make us take is bounded.
func TestHandshakeBytes(t *testing.T) {
	so := options(serverConfig(0))
	so.MaxHandshakeBytes = 1000
	l := server(t, so)
	raw := protocoltest.NewStringTransport()
	var e end
	raw.Connect(wrap(t, l, &e))
	hello := "\x01\x00\x40\x00" + strings.Repeat("x", 0x4000)
	for len(hello) > 0 && !raw.Disconnected() {
		raw.FeedString(record(22, 0x301, hello[:100]))
		raw.Clock.Settle()
		hello = hello[100:]
	}
	mustLose(t, "server", &e, protocol.ErrProtocolViolation)
	if n := l.Stats(); n.Oversized != 1 || n.Failed != 1 {
		t.Errorf("%+v", n)
	}
	// What follows the handshake in the same delivery does not count.
	d := &duo{serverLayer: server(t, options(serverConfig(0))), clientLayer: client(t, options(clientConfig(0)))}
	d.client.OnMade = func(tr protocol.Transport) { tr.Write(make([]byte, 1<<20)) }
	d.connect(t, protocoltest.PairConfig{Window: 4 << 20})
	d.mustBeOpen(t)
	if d.server.Len() != 1<<20 {
		t.Errorf("%d bytes, %v", d.server.Len(), d.server.Reason())
	}
}

// TestNoGoroutines: neither idle connections, nor those that have said nothing, have one; an unfinished handshake has one, until it is lost.
func TestNoGoroutines(t *testing.T) {
	forEachVersion(t, func(t *testing.T, version uint16) {
		before := runtime.NumGoroutine()
		sl, cl := server(t, options(serverConfig(version))), client(t, options(clientConfig(version)))
		var ends []*byHand
		for range 20 {
			s, c := &byHand{raw: protocoltest.NewStringTransport()}, &byHand{raw: protocoltest.NewStringTransport()}
			c.raw.Clock = s.raw.Clock
			s.raw.Connect(wrap(t, sl, &s.end))
			c.raw.Connect(wrap(t, cl, &c.end))
			shuttle(s, c)
			silent := &byHand{raw: protocoltest.NewStringTransport()}
			silent.raw.Connect(wrap(t, sl, &silent.end))
			ends = append(ends, s, c, silent)
		}
		if n := goroutines(before); n > before {
			t.Errorf("%d goroutines more", n-before)
		}
		half := &byHand{raw: protocoltest.NewStringTransport()}
		half.raw.Connect(wrap(t, sl, &half.end))
		half.raw.FeedString("\x16\x03\x01\x01")
		for _, e := range append(ends, half) {
			e.raw.Lose(protocol.Lost(nil))
		}
		if n := goroutines(before); n > before {
			t.Errorf("%d goroutines more at the end", n-before)
		}
	})
}

// TestRenegotiationIsRefused: a configuration that allows it is not followed, since a handshake in the middle of Read could not be suspended.
func TestRenegotiationIsRefused(t *testing.T) {
	cfg := clientConfig(tls.VersionTLS12)
	cfg.Renegotiation = tls.RenegotiateFreelyAsClient
	d := connect(t, options(serverConfig(0)), options(cfg), protocoltest.PairConfig{})
	d.mustBeOpen(t)
	s, _ := d.client.secured().ConnectionState()
	// With renegotiation allowed, crypto/tls refuses to export keying material.
	if _, err := s.ExportKeyingMaterial("test", nil, 16); err != nil {
		t.Errorf("renegotiation is on: %v", err)
	}
}

func TestCallbacksSeeNoConnectionState(t *testing.T) {
	so := options(serverConfig(0))
	var s end
	so.Config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if _, ok := s.secured().ConnectionState(); ok {
			t.Error("a state during the handshake")
		}
		if hello.Conn.RemoteAddr().String() != "192.168.1.1:54321" {
			t.Errorf("peer %v", hello.Conn.RemoteAddr())
		}
		return nil, nil
	}
	raw := &byHand{raw: protocoltest.NewStringTransport()}
	c := &byHand{raw: protocoltest.NewStringTransport()}
	c.raw.Clock = raw.raw.Clock
	raw.raw.Connect(wrap(t, server(t, so), &s))
	c.raw.Connect(wrap(t, client(t, options(clientConfig(0))), &c.end))
	shuttle(raw, c)
	if s.handshakes != 1 {
		t.Errorf("%v", s.Reason())
	}
}

func FuzzServerInput(f *testing.F) {
	s, c := byHands(f, options(serverConfig(0)), options(clientConfig(0)))
	hello := c.raw.Value()
	f.Add([]byte(hello), uint16(10))
	f.Add([]byte("GET / HTTP/1.0\r\n\r\n"), uint16(1))
	f.Add([]byte(record(22, 0x301, "\x01\x00\x00\x02\x03\x03")), uint16(3))
	shuttle(s, c)
	l := server(f, options(serverConfig(0)))
	f.Fuzz(func(t *testing.T, input []byte, at uint16) {
		before := runtime.NumGoroutine()
		raw := protocoltest.NewStringTransport()
		var e end
		raw.Connect(wrap(t, l, &e))
		i := min(int(at), len(input))
		raw.Feed(input[:i])
		raw.Clock.Settle()
		raw.Feed(input[i:])
		raw.Clock.Settle()
		raw.FeedEOF()
		raw.Clock.Settle()
		if e.Reason() == nil {
			t.Error("the connection is not lost")
		}
		if e.Len() > 0 || e.handshakes > 0 {
			t.Error("input without a key was taken")
		}
		if n := goroutines(before); n > before {
			t.Errorf("%d goroutines more", n-before)
		}
	})
}

// FuzzRecords feeds an established connection with a mix of good and broken records.
func FuzzRecords(f *testing.F) {
	f.Add([]byte("\x17\x03\x03\x00\x01x"), uint16(0), byte(0))
	f.Add([]byte{}, uint16(30), byte(1))
	sl, cl := server(f, options(serverConfig(0))), client(f, options(clientConfig(0)))
	f.Fuzz(func(t *testing.T, noise []byte, at uint16, flip byte) {
		s, c := &byHand{raw: protocoltest.NewStringTransport()}, &byHand{raw: protocoltest.NewStringTransport()}
		c.raw.Clock = s.raw.Clock
		s.raw.Connect(wrap(t, sl, &s.end))
		c.raw.Connect(wrap(t, cl, &c.end))
		shuttle(s, c)
		c.Transport().Write([]byte("genuine"))
		c.raw.Clock.Advance(0)
		good := []byte(c.raw.Take())
		if flip != 0 && len(good) > 0 {
			good[int(at)%len(good)] ^= flip
		}
		s.raw.Feed(append(good, noise...))
		s.raw.FeedEOF()
		s.raw.Clock.Settle()
		if got := string(s.Data()); got != "" && got != "genuine" {
			t.Errorf("delivered %q", got)
		}
		if s.Reason() == nil || errors.Is(s.Reason(), io.EOF) {
			t.Errorf("lost by %v", s.Reason())
		}
	})
}
