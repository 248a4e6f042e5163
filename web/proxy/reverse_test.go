// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/proxy"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func TestReverseRelaysOneRequest(t *testing.T) {
	b := newBackend(t, answers(ok))
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}, Path: "/base/", Name: "px"})
	res := exchange(t, front, get("/app/a%20b/c%2Fd/?x=%31&y", "X-One: 1", "Accept: */*"))
	if status(res) != "200 OK" || !strings.HasSuffix(res, "\r\n\r\nok") {
		t.Errorf("got %q", res)
	}
	want := "GET /base/a%20b/c%2Fd/?x=%31&y HTTP/1.1\r\nHost: " + b.addr + "\r\nX-One: 1\r\nAccept: */*\r\nX-Forwarded-For: 127.0.0.1\r\n" +
		"Forwarded: for=127.0.0.1;host=front.example;proto=http\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: front.example\r\nVia: 1.1 px\r\n\r\n"
	if got := b.seen(); got != want {
		t.Errorf("the upstream got\n%s\nwant\n%s", got, want)
	}
}

func TestReverseKeepsConnections(t *testing.T) {
	b := newBackend(t, answers(ok))
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}})
	c, in := dial(t, front)
	for i := range 20 {
		fmt.Fprintf(c, "GET /app/%d HTTP/1.1\r\nHost: a\r\n\r\n", i)
		if _, err := head(in); err != nil {
			t.Fatal(err)
		}
		in.Discard(2)
	}
	if n := b.conns(); n != 1 {
		t.Errorf("%d connections to the upstream, want 1", n)
	}
}

// Class 15: nothing leads out of Path.
func TestReverseRefusesDots(t *testing.T) {
	b := newBackend(t, answers(ok))
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}, Path: "/base"})
	for _, path := range []string{"/app/../x", "/app/%2e%2e/x", "/app/a/..", "/app/a%2f..%2fx", "/app/..%5cx", "/app/.", "/app/%2E./x"} {
		if res := exchange(t, front, get(path)); status(res) != "400 Bad Request" {
			t.Errorf("%s: %s", path, status(res))
		}
	}
	for _, path := range []string{"/app/..x", "/app/...", "/app/a..b"} {
		if res := exchange(t, front, get(path)); status(res) != "200 OK" {
			t.Errorf("%s: %s", path, status(res))
		}
	}
}

func TestReverseHopByHop(t *testing.T) {
	b := newBackend(t, answers("HTTP/1.1 200 OK\r\nConnection: X-Up, keep-alive\r\nX-Up: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nX-Kept: 1\r\nContent-Length: 0\r\n\r\n"))
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}})
	res := exchange(t, front, "GET /app HTTP/1.1\r\nHost: a\r\nConnection: close, X-Down\r\nx-down: 1\r\nKeep-Alive: 1\r\nProxy-Connection: x\r\nProxy: evil\r\n"+
		"Proxy-Authorization: Basic x\r\nTE: trailers, deflate\r\nTrailer: X\r\nX_Forwarded_For: 6.6.6.6\r\nX-Kept: 1\r\n\r\n")
	for _, name := range []string{"X-Up", "Keep-Alive", "Proxy-Authenticate"} {
		if v := field(res, name); v != "" {
			t.Errorf("the response has %s: %s", name, v)
		}
	}
	got := b.seen()
	for _, name := range []string{"X-Down", "Keep-Alive", "Proxy-Connection", "Proxy", "Proxy-Authorization", "Trailer", "X_Forwarded_For"} {
		if v := field(got, name); v != "" {
			t.Errorf("the upstream got %s: %s", name, v)
		}
	}
	if field(res, "X-Kept") != "1" || field(got, "X-Kept") != "1" || field(got, "TE") != "trailers" || field(got, "Connection") != "TE" {
		t.Errorf("request %q, response %q", got, res)
	}
}

func TestReverseForwardedTrust(t *testing.T) {
	for _, tt := range []struct {
		name                        string
		trusted                     []netip.Prefix
		xfor, proto, host, wantForw string
	}{
		{"replaced", nil, "127.0.0.1", "http", "front.example", "for=127.0.0.1;host=front.example;proto=http"},
		{"added to", loopback, "9.9.9.9, 127.0.0.1", "https", "outer.example", "for=9.9.9.9, for=127.0.0.1;host=front.example;proto=http"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBackend(t, answers(ok))
			front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}, Trusted: tt.trusted})
			exchange(t, front, get("/app/", "X-Forwarded-For: 9.9.9.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: outer.example", "Forwarded: for=9.9.9.9"))
			got := b.seen()
			if field(got, "X-Forwarded-For") != tt.xfor || field(got, "X-Forwarded-Proto") != tt.proto || field(got, "X-Forwarded-Host") != tt.host || field(got, "Forwarded") != tt.wantForw {
				t.Errorf("the upstream got %q", got)
			}
		})
	}
}

func TestReverseHostAndLoop(t *testing.T) {
	b := newBackend(t, answers(ok))
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}, PreserveHost: true, Name: "px"})
	if res := exchange(t, front, get("/app", "Via: 1.0 other, HTTP/1.1 PX (comment)")); status(res) != "508 Loop Detected" {
		t.Errorf("loop: %s", status(res))
	}
	exchange(t, front, get("/app", "Via: 1.0 other"))
	if got := b.seen(); field(got, "Host") != "front.example" || field(got, "Via") != "1.0 other, 1.1 px" {
		t.Errorf("the upstream got %q", got)
	}
}

func TestReverseRewritesPlaces(t *testing.T) {
	for _, tt := range []struct{ from, location, want string }{
		{"/app/x", "http://UP/base/y?z", "/app/y?z"},
		{"/app/x", "/base/y", "/app/y"},
		{"/app/x", "/base", "/app"},
		{"/app/x", "/basement", "/basement"},
		{"/app/x", "http://other.example/base/y", "http://other.example/base/y"},
		{"/app/x", "//other.example/base/y", "//other.example/base/y"},
		{"/app/x", "y", "y"},
	} {
		var addr string
		b := newBackend(t, func(c net.Conn, in *bufio.Reader) {
			head(in)
			fmt.Fprintf(c, "HTTP/1.1 302 Found\r\nLocation: %s\r\nSet-Cookie: a=b; Domain=up.example; Path=/base/c; HttpOnly\r\nContent-Length: 0\r\n\r\n", strings.ReplaceAll(tt.location, "UP", addr))
		})
		addr = b.addr
		front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}, Path: "/base", RewriteCookies: true})
		res := exchange(t, front, get(tt.from))
		if got := field(res, "Location"); got != tt.want {
			t.Errorf("%s: Location %q, want %q", tt.location, got, tt.want)
		}
		if got := field(res, "Set-Cookie"); got != "a=b; Path=/app/c; HttpOnly" {
			t.Errorf("Set-Cookie %q", got)
		}
	}
}

// An upstream's answer that is not well-formed, or too large, is 502.
func TestReverseBadAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"not http":        "SSH-2.0-OpenSSH\r\n\r\n",
		"two lengths":     "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"both":            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"bare LF":         "HTTP/1.1 200 OK\nContent-Length: 1\n\na",
		"long line":       "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 9000) + "\r\n\r\n",
		"many fields":     "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 101) + "\r\n",
		"status 700":      "HTTP/1.1 700 OK\r\nContent-Length: 0\r\n\r\n",
		"unasked 101":     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
		"interim flood":   strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 40) + ok,
		"closes at once":  "",
		"closes in head":  "HTTP/1.1 200 OK\r\nCont",
		"NUL in a value":  "HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n",
		"chunked in 1.0":  "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"unknown codings": "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			b := newBackend(t, func(c net.Conn, in *bufio.Reader) { head(in); io.WriteString(c, answer) })
			front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}})
			res := exchange(t, front, get("/app"))
			if i := strings.LastIndex(res, "HTTP/1.1 502"); i < 0 || strings.Contains(res, "ok") && name != "interim flood" {
				t.Errorf("got %q", res)
			}
		})
	}
}

// An answer that breaks off is not completed for the client.
func TestReverseTruncated(t *testing.T) {
	for name, answer := range map[string]string{
		"length":  "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
		"chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
	} {
		b := newBackend(t, func(c net.Conn, in *bufio.Reader) { head(in); io.WriteString(c, answer) })
		front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}})
		res := exchange(t, front, get("/app"))
		if status(res) != "200 OK" || strings.HasSuffix(res, "0\r\n\r\n") {
			t.Errorf("%s: got %q", name, res)
		}
	}
}

func TestReverseFramings(t *testing.T) {
	for _, tt := range []struct{ name, answer, request, want string }{
		{"until close", "HTTP/1.1 200 OK\r\n\r\nabc", get("/app"), "3\r\nabc\r\n0\r\n\r\n"},
		{"until close in 1.0", "HTTP/1.0 200 OK\r\n\r\nabc", get("/app"), "3\r\nabc\r\n0\r\n\r\n"},
		{"chunked with trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n", get("/app"), "3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"},
		{"chunked to 1.0", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "GET /app HTTP/1.0\r\n\r\n", "\r\n\r\nabc"},
		{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "HEAD /app HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "Content-Length: 7\r\nConnection: close\r\n\r\n"},
		{"204", "HTTP/1.1 204 No Content\r\n\r\n", get("/app"), "Connection: close\r\n\r\n"},
		{"304", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n", get("/app"), "Connection: close\r\n\r\n"},
		{"103", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nX: y\r\n\r\n" + ok, get("/app"), "\r\n\r\nok"},
		{"no type", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", get("/app"), "\r\n\r\nok"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBackend(t, func(c net.Conn, in *bufio.Reader) { head(in); io.WriteString(c, tt.answer) })
			front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}})
			res := exchange(t, front, tt.request)
			if !strings.HasSuffix(res, tt.want) {
				t.Errorf("got %q, want the end %q", res, tt.want)
			}
			switch tt.name {
			case "103":
				if !strings.HasPrefix(res, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n") {
					t.Errorf("got %q", res)
				}
			case "no type":
				if field(res, "Content-Type") != "application/octet-stream" {
					t.Errorf("got %q", res)
				}
			}
		})
	}
}
