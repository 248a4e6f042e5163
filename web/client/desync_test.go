// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"testing"

	"github.com/torsion-go/torsion/web/client"
)

// Response splitting across requests: what a server sends beyond its response is never taken for the next one, however the response ends and whether it comes in one piece or two. Classes 1 and 8 as a client meets them.
func TestStrayBytes(t *testing.T) {
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	for _, tt := range []struct{ name, method, answer, stray, phase string }{
		{"a response too many", "GET", ok, evil, "none"},
		{"half of one", "GET", ok, "HTTP/1.1 2", "none"},
		{"an empty line", "GET", ok, "\r\n", "none"},
		{"an interim head", "GET", ok, "HTTP/1.1 100 Continue\r\n\r\n", "none"},
		{"more than the length", "GET", ok, "ok", "none"},
		{"behind chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", evil, "none"},
		{"two ends of chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "0\r\n\r\n", "none"},
		{"HEAD with a body", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 47\r\n\r\n", evil, "none"},
		{"HEAD with chunks", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "2\r\nok\r\n0\r\n\r\n", "none"},
		{"204 with a body", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 47\r\n\r\n", evil, "none"},
		{"304 with a body", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 47\r\n\r\n", evil, "none"},
		{"204 with chunks", "GET", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\n\r\n", "none"},
		{"close that is not meant", "GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", evil, "none"},
		{"HTTP/1.0 without keep-alive", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", evil, "none"},
		{"HTTP/1.0 with keep-alive", "GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", evil, "none"},
		{"chunks in HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", evil, "response head"},
		{"101 that nobody asked for", "GET", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", evil, "response head"},
		{"before the request is complete", "POST", ok, evil, "none"},
	} {
		for _, pieces := range []int{1, 2} {
			g := newRig(t, client.Config{})
			r := &client.Request{Method: tt.method}
			if tt.method == "POST" {
				r.Body = &source{length: 10}
			}
			x := g.send(r, false)
			if pieces == 1 {
				g.conns[0].FeedString(tt.answer + tt.stray)
			} else {
				g.conns[0].FeedString(tt.answer)
				g.settle()
				if !g.conns[0].Disconnected() {
					g.conns[0].FeedString(tt.stray)
				}
			}
			g.settle()
			if x.phase() != tt.phase || x.over != 1 || !g.conns[0].Disconnected() || g.Stats().Open != 0 {
				t.Errorf("%s in %d: %v, %d times, %+v", tt.name, pieces, x.err, x.over, g.Stats())
			}
			y := g.get("http://a/")
			g.settle()
			if y.over != 0 || len(g.conns) != 2 {
				t.Errorf("%s in %d: the next request was answered before it was sent: %q", tt.name, pieces, y.got)
			}
			g.conns[1].FeedString(ok)
			if g.settle(); y.got != "ok" {
				t.Errorf("%s in %d: then %q, %v", tt.name, pieces, y.got, y.err)
			}
		}
	}
}
