// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// heads appends the head of a response, or a trailer.
func heads(b []byte, stream uint32, end bool, pairs ...string) []byte {
	var block bytes.Buffer
	e := hpack.NewEncoder(&block)
	for i := 0; i < len(pairs); i += 2 {
		e.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1], Sensitive: true}) // no table: each test is one connection of many
	}
	return h2.AppendHeaders(b, stream, block.Bytes(), end, h2.MinFrameSize)
}

// times appends what f does so often.
func times(b []byte, n int, f func(b []byte) []byte) []byte {
	for range n {
		b = f(b)
	}
	return b
}

// Classes 19 to 24 as a client meets them: whatever a server of HTTP/2 sends, the request ends once, with an error that tells how far it had come and why; what costs the connection leaves none in the pool; and the
// client answers with little.
func TestHostileHTTP2Servers(t *testing.T) {
	settings := func(more ...h2.Setting) []byte { return h2.AppendSettings(nil, more...) }
	begun := heads(settings(), 1, false, ":status", "200")
	data := make([]byte, 16384)
	violation := protocol.ErrProtocolViolation
	for _, tt := range []struct {
		name  string
		says  []byte
		end   string // "eof", "reset" or "" for a server that falls silent
		phase string
		is    error // nil for what ends the stream by its code
		kept  bool  // the connection may stay
	}{
		{"not HTTP/2", []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), "eof", "wait", violation, false},
		{"settings", times(nil, 5000, func(b []byte) []byte { return h2.AppendSettings(b) }), "", "wait", violation, false},
		{"pings", times(settings(), 5000, func(b []byte) []byte { return h2.AppendPing(b, [8]byte{}, false) }), "", "wait", violation, false},
		{"acknowledged pings", times(settings(), 5000, func(b []byte) []byte { return h2.AppendPing(b, [8]byte{}, true) }), "", "wait", violation, false},
		{"window updates", times(settings(), 5000, func(b []byte) []byte { return h2.AppendWindowUpdate(b, 0, 1) }), "", "wait", violation, false},
		{"resets of a closed stream", times(h2.AppendRSTStream(settings(), 1, h2.Cancel), 5000, func(b []byte) []byte { return h2.AppendRSTStream(b, 1, h2.Cancel) }), "", "wait", nil, false},
		{"empty data", times(begun, 5000, func(b []byte) []byte { return h2.AppendData(b, 1, nil, false) }), "", "response", violation, false},
		{"interim heads", times(settings(), 5000, func(b []byte) []byte { return heads(b, 1, false, ":status", "103") }), "", "response head", violation, false},
		{"empty continuations", times(h2.AppendHeader(settings(), h2.Header{Type: h2.TypeHeaders, Stream: 1}), 5000, func(b []byte) []byte {
			return h2.AppendHeader(b, h2.Header{Type: h2.TypeContinuation, Stream: 1})
		}), "", "wait", violation, false},
		{"endless head", times(h2.AppendHeader(settings(), h2.Header{Type: h2.TypeHeaders, Stream: 1}), 100, func(b []byte) []byte {
			b = h2.AppendHeader(b, h2.Header{Type: h2.TypeContinuation, Stream: 1, Length: 16384})
			return append(append(b, 0, 1, 'a', 127, 0x80, 0x7f), make([]byte, 16384-6)...)
		}), "", "wait", violation, false},
		{"many fields", heads(settings(), 1, true, append([]string{":status", "200"}, strings.Split(strings.Repeat("x,y,", 300)+"x,y", ",")...)...), "", "wait", violation, true},
		{"going away again and again", times(settings(), 5000, func(b []byte) []byte { return h2.AppendGoAway(b, 1, h2.NoError, "") }), "", "wait", violation, false},
		{"unknown frames", times(settings(), 5000, func(b []byte) []byte { return h2.AppendHeader(b, h2.Header{Type: 0x77}) }), "", "wait", violation, false},
		{"a push", append(h2.AppendHeader(settings(), h2.Header{Length: 4, Type: h2.TypePushPromise, Stream: 1, Flags: h2.FlagEndHeaders}), 0, 0, 0, 2), "", "wait", violation, false},
		{"push enabled", settings(h2.Setting{ID: h2.SettingEnablePush, Value: 1}), "", "wait", violation, false},
		{"a frame of 16 MiB", h2.AppendHeader(settings(), h2.Header{Length: 1<<24 - 1, Type: h2.TypeData, Stream: 1}), "", "wait", violation, false},
		{"window overflow", h2.AppendWindowUpdate(settings(), 0, h2.MaxWindow), "", "wait", violation, false},
		{"window overflow of the stream", h2.AppendWindowUpdate(settings(), 1, h2.MaxWindow), "", "wait", violation, true},
		{"a body without end", times(begun, 1100, func(b []byte) []byte { return h2.AppendData(b, 1, data, false) }), "", "response", client.ErrBodyTooLong, true},
		{"more than its length", h2.AppendData(heads(settings(), 1, false, ":status", "200", "content-length", "1"), 1, []byte("ab"), true), "", "response", violation, true},
		{"less than its length", h2.AppendData(heads(settings(), 1, false, ":status", "200", "content-length", "3"), 1, []byte("ab"), true), "", "response", violation, true},
		{"a field with a line break", heads(settings(), 1, true, ":status", "200", "x", "a\r\nb: c"), "", "wait", violation, true},
		{"101", heads(settings(), 1, false, ":status", "101"), "", "wait", violation, true},
		{"refused for ever", h2.AppendRSTStream(settings(), 1, h2.RefusedStream), "again", "wait", nil, false},
		{"HTTP/1.1 wanted", h2.AppendRSTStream(settings(), 1, h2.HTTP11Required), "", "wait", nil, true},
		{"reset of the stream", h2.AppendRSTStream(append(begun, h2.AppendData(nil, 1, []byte("ab"), false)...), 1, h2.InternalError), "", "response", nil, true},
		{"reset of the connection", begun, "reset", "response", errReset, false},
		{"end of the connection", begun, "eof", "response", io.ErrUnexpectedEOF, false},
		{"silence", settings(), "", "wait", os.ErrDeadlineExceeded, false},
		{"silence in the body", begun, "", "response", os.ErrDeadlineExceeded, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newRig(t, client.Config{HTTP2: client.HTTP2PriorKnowledge})
			x := g.get("http://a/")
			for i := 0; i < len(g.conns); i++ { // a refused request comes again, on other connections
				conn := g.conns[i]
				conn.Take()
				for rest := tt.says; len(rest) > 0 && !conn.Disconnected(); {
					n := min(len(rest), 20000)
					conn.Feed(rest[:n])
					rest = rest[n:]
				}
				if n := len(conn.Take()); n > 20000 {
					t.Errorf("%d bytes of answers", n)
				}
				switch tt.end {
				case "eof":
					conn.FeedEOF()
					conn.Lose(protocol.Done(io.EOF))
				case "reset":
					conn.Lose(protocol.Lost(errReset))
				}
				g.settle()
				for n := uint32(3); tt.end == "again" && n < 20; n += 2 {
					conn.Feed(h2.AppendRSTStream(nil, n, h2.RefusedStream))
					g.settle()
				}
			}
			for range 10 {
				g.clock.Advance(15 * time.Second)
				g.settle()
			}
			e, reset := errors.AsType[*client.ResetError](x.err)
			if reset && (e.Refused == 4) != (tt.name == "refused for ever") {
				t.Errorf("refused %d times: %v", e.Refused, e)
			}
			if x.over != 1 || x.phase() != tt.phase || reset != (tt.is == nil) || tt.is != nil && !errors.Is(x.err, tt.is) {
				t.Errorf("%v (%s), %d times", x.err, x.phase(), x.over)
			}
			g.clock.Advance(2 * time.Minute) // a connection that is kept is not kept for ever
			g.settle()
			if s := g.Stats(); s.Open != 0 || s.Waiting != 0 || s.Failed > 1 || len(g.conns) > 4 {
				t.Errorf("%+v, %d connections", s, len(g.conns))
			}
		})
	}
}

// Class 24: a server that never opens a window holds an upload up, for as long as it may, and costs what the window allows.
func TestZeroWindow(t *testing.T) {
	g := newRig(t, client.Config{HTTP2: client.HTTP2PriorKnowledge})
	body := &source{length: 1 << 20, register: true}
	x := g.send(&client.Request{Method: "POST", Body: body}, false)
	conn := g.conns[0]
	conn.Feed(h2.AppendSettings(nil, h2.Setting{ID: h2.SettingInitialWindowSize, Value: 0}))
	g.settle()
	conn.Take()
	body.c.Write(make([]byte, 1000))
	g.settle()
	if got := conn.Take(); strings.Contains(got, string(make([]byte, 100))) || len(body.told) == 0 || body.told[len(body.told)-1] != "pause" {
		t.Errorf("%d bytes were sent, %v", len(got), body.told)
	}
	for range 20 {
		g.clock.Advance(15 * time.Second)
		if !conn.Disconnected() {
			conn.Feed(h2.AppendPing(nil, [8]byte{'t', 'o', 'r', 's', 'i', 'o', 'n'}, true)) // it lives
		}
		g.settle()
	}
	if x.over != 1 || !errors.Is(x.err, os.ErrDeadlineExceeded) || x.phase() != "send" || g.Stats().Waiting != 0 {
		t.Errorf("%v (%s), %d times", x.err, x.phase(), x.over)
	}
}
