// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"errors"
	"io"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/client"
)

// Classes 1 to 6, 11 and 12 as a client meets them: whatever a server sends, the request ends with an error that tells how far it had come, the connection is never used again, and what
// is kept of the answer is bounded.
func TestHostileServers(t *testing.T) {
	const long = 1 << 20
	for _, tt := range []struct {
		name   string
		answer string
		end    string // "eof", "reset" or "" for a server that falls silent
		phase  string
		is     error
	}{
		{"endless status line", "HTTP/1.1 200 " + strings.Repeat("x", long), "", "response head", protocol.ErrProtocolViolation},
		{"endless field", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", long), "", "response head", protocol.ErrProtocolViolation},
		{"endless fields", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", long), "", "response head", protocol.ErrProtocolViolation},
		{"large head", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("y", 10000)+"\r\n", 100), "", "response head", protocol.ErrProtocolViolation},
		{"interim flood", strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n", long), "", "response head", protocol.ErrProtocolViolation},
		{"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "", "response head", protocol.ErrProtocolViolation},
		{"HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", "", "response head", protocol.ErrProtocolViolation},
		{"HTTP/0.9", "<html>hello</html>\n", "eof", "response head", protocol.ErrProtocolViolation},
		{"bare LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "", "response head", protocol.ErrProtocolViolation},
		{"fold", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok", "", "response head", protocol.ErrProtocolViolation},
		{"NUL", "HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n", "", "response head", protocol.ErrProtocolViolation},
		{"bare CR", "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", "", "response head", protocol.ErrProtocolViolation},
		{"blank before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok", "", "response head", protocol.ErrProtocolViolation},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!", "", "response head", protocol.ErrProtocolViolation},
		{"signed length", "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok", "", "response head", protocol.ErrProtocolViolation},
		{"length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", "response head", protocol.ErrProtocolViolation},
		{"unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "", "response head", protocol.ErrProtocolViolation},
		{"switch without being asked", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "", "response head", protocol.ErrProtocolViolation},
		{"chunk size of 17 digits", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000002\r\nok\r\n0\r\n\r\n", "", "response", protocol.ErrProtocolViolation},
		{"chunk size 0x2", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n", "", "response", protocol.ErrProtocolViolation},
		{"LF in a chunk extension", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a\nb\r\nok\r\n0\r\n\r\n", "", "response", protocol.ErrProtocolViolation},
		{"chunks of one byte with extensions", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("x", 900)+"\r\na\r\n", 1000), "", "response", protocol.ErrProtocolViolation},
		{"no end of a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay", "", "response", protocol.ErrProtocolViolation},
		{"endless trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("X: y\r\n", long), "", "response", protocol.ErrProtocolViolation},
		{"Content-Length in a trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 2\r\n\r\n", "", "response", protocol.ErrProtocolViolation},
		{"a body without end", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 20<<20), "", "response", client.ErrBodyTooLong},
		{"a length without end", "HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999\r\n\r\nab", "", "response", os.ErrDeadlineExceeded},
		{"nothing", "", "", "wait", os.ErrDeadlineExceeded},
		{"nothing, closed", "", "eof", "wait", io.ErrUnexpectedEOF},
		{"nothing, reset", "", "reset", "wait", errReset},
		{"half a head", "HTTP/1.1 200 OK\r\nX: ", "", "response head", os.ErrDeadlineExceeded},
		{"half a head, closed", "HTTP/1.1 200 OK\r\nX: ", "eof", "response head", io.ErrUnexpectedEOF},
		{"half a head, reset", "HTTP/1.1 200 OK\r\nX: ", "reset", "response head", errReset},
		{"an interim head and no more", "HTTP/1.1 103 Early Hints\r\n\r\n", "eof", "response head", io.ErrUnexpectedEOF},
		{"half a body, closed", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "eof", "response", io.ErrUnexpectedEOF},
		{"half a body, reset", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "reset", "response", errReset},
		{"half the chunks, closed", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "eof", "response", io.ErrUnexpectedEOF},
		{"until the end, reset", "HTTP/1.1 200 OK\r\n\r\nab", "reset", "response", errReset},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newRig(t, client.Config{})
			x := g.get("http://a/")
			conn := g.conns[0]
			for rest := tt.answer; rest != "" && !conn.Disconnected(); {
				n := min(len(rest), 16384)
				conn.FeedString(rest[:n])
				rest = rest[n:]
			}
			switch tt.end {
			case "eof":
				conn.FeedEOF()
				conn.Lose(protocol.Done(io.EOF))
			case "reset":
				conn.Lose(protocol.Lost(errReset))
			default:
				for range 100 { // a server may not gain time
					g.clock.Advance(time.Minute)
				}
			}
			g.settle()
			if x.phase() != tt.phase || !errors.Is(x.err, tt.is) || x.over != 1 {
				t.Errorf("%v (%s), %d times", x.err, x.phase(), x.over)
			}
			if s := g.Stats(); s.Open != 0 || s.Idle != 0 || s.Failed > 1 || !conn.Disconnected() {
				t.Errorf("%+v", s)
			}
		})
	}
}

var errReset = errors.New("connection reset by peer")

// Odd answers that are no threat are taken.
func TestOddServers(t *testing.T) {
	for _, tt := range []struct {
		name, method, answer, body, proto string
		length                            int64
		until, kept                       bool
	}{
		{"no phrase", "GET", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", "ok", "HTTP/1.1", 2, false, true},
		{"no phrase, no blank", "GET", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "ok", "HTTP/1.1", 2, false, true},
		{"no fields, to the end", "GET", "HTTP/1.1 200 OK\r\n\r\nok", "ok", "HTTP/1.1", -1, true, false},
		{"HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\n\r\nok", "ok", "HTTP/1.0", -1, true, false},
		{"HTTP/1.0, kept", "GET", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", "ok", "HTTP/1.0", 2, false, true},
		{"closing", "GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", "ok", "HTTP/1.1", 2, false, false},
		{"status 999", "GET", "HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nok", "ok", "HTTP/1.1", 2, false, true},
		{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n", "", "HTTP/1.1", 200, false, true},
		{"HEAD, chunked", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "", "HTTP/1.1", -1, false, true},
		{"204", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", "", "HTTP/1.1", 0, false, true},
		{"304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", "", "HTTP/1.1", 0, false, true},
		{"interim heads", "GET", "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + ok, "ok", "HTTP/1.1", 2, false, true},
		{"chunk extension", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=\"b\"\r\nok\r\n0\r\n\r\n", "ok", "HTTP/1.1", -1, false, true},
		{"upper case chunks", "GET", "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n0A\r\n0123456789\r\n0\r\n\r\n", "0123456789", "HTTP/1.1", -1, false, true},
	} {
		protocoltest.Splits(t, []byte(tt.answer), func(pieces iter.Seq[[]byte]) string {
			g := newRig(t, client.Config{})
			x := g.send(&client.Request{Method: tt.method}, false)
			for p := range pieces {
				g.conns[0].Feed(p)
			}
			if tt.until {
				g.conns[0].FeedEOF()
			}
			g.settle()
			if x.err != nil || x.over != 1 || x.got != tt.body || x.res.Proto != tt.proto || x.res.Length != tt.length || x.res.UntilClose != tt.until {
				t.Errorf("%s: %v, %q, %+v", tt.name, x.err, x.got, x.res)
			}
			if s := g.Stats(); s.Idle == 1 != tt.kept || s.Open != s.Idle {
				t.Errorf("%s: %+v", tt.name, s)
			}
			return x.got
		})
	}
}

// What arrives on a connection that carries no request could be taken for the answer to the next one: such a connection is dropped.
func TestBytesOnIdleConnections(t *testing.T) {
	for _, tt := range []struct{ name, with, later string }{
		{"behind the response", ok + ok, ""},
		{"later", ok, ok},
		{"408 before the end", ok, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"},
	} {
		g := newRig(t, client.Config{})
		x := g.get("http://a/")
		g.conns[0].FeedString(tt.with)
		if tt.later != "" {
			g.conns[0].FeedString(tt.later)
		}
		g.settle()
		if x.got != "ok" || !g.conns[0].Disconnected() {
			t.Errorf("%s: %q, %v", tt.name, x.got, x.err)
		}
		y := g.get("http://a/")
		if y.over != 0 || len(g.conns) != 2 {
			t.Errorf("%s: the next request was answered before it was sent", tt.name)
		}
	}
	g := newRig(t, client.Config{}) // an answer to what was not asked, before a first request
	g.hold = true
	x := g.get("http://a/")
	x.d.Cancel()
	if g.gaveUp != 1 {
		t.Errorf("%d attempts given up", g.gaveUp)
	}
}
