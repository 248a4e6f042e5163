// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//lint:file-ignore SA1019 the Transport of net/http refuses :protocol

package proxy_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/torsion-go/torsion/web/internal/ws"
	"github.com/torsion-go/torsion/web/proxy"
)

// extendedConnect asks for proto over HTTP/2. What is written to the pipe is sent.
func extendedConnect(t *testing.T, addr, path, proto string) (*http.Response, *io.PipeWriter) {
	t.Helper()
	tr := &http2.Transport{AllowHTTP: true, DialTLSContext: func(ctx context.Context, network, _ string, _ *tls.Config) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}
	in, out := io.Pipe()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	req, err := http.NewRequestWithContext(ctx, "CONNECT", "http://"+addr+path, in)
	if err != nil {
		t.Fatal(err)
	}
	req.Header[":protocol"] = []string{proto}
	req.Header.Set("Sec-WebSocket-Version", "13")
	req.Header.Set("Sec-WebSocket-Protocol", "chat")
	req.Header.Set("Sec-WebSocket-Key", "mistaken")
	res, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close(); res.Body.Close(); cancel(); tr.CloseIdleConnections() })
	return res, out
}

// RFC 8441 on the client's side is Upgrade on the upstream's.
func TestReverseExtendedConnect(t *testing.T) {
	b := newBackend(t, func(c net.Conn, in *bufio.Reader) {
		h, err := head(in)
		if err != nil {
			return
		}
		fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: chat\r\n\r\nfirst ", ws.AcceptKey(field(h, "Sec-WebSocket-Key")))
		io.Copy(c, in)
		io.WriteString(c, " last")
	})
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}, Name: "px"})
	res, out := extendedConnect(t, front, "/app/chat?x=y", "websocket")
	if res.StatusCode != 200 || res.Header.Get("Sec-WebSocket-Protocol") != "chat" || res.Header.Get("Sec-WebSocket-Accept")+res.Header.Get("Upgrade")+res.Header.Get("Connection") != "" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	io.WriteString(out, "back and forth")
	out.Close()
	got, err := io.ReadAll(res.Body)
	if string(got) != "first back and forth last" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	said, _, _ := strings.Cut(b.seen(), "\r\n\r\n")
	said += "\r\n\r\n"
	if !strings.HasPrefix(said, "GET /chat?x=y HTTP/1.1\r\n") || field(said, "Upgrade") != "websocket" || field(said, "Connection") != "Upgrade" || strings.Count(said, "Sec-WebSocket-Key: ") != 1 ||
		field(said, "Sec-WebSocket-Key") == "mistaken" || field(said, "Sec-WebSocket-Version") != "13" || !strings.HasSuffix(field(said, "Via"), " px") || field(said, "Content-Length")+field(said, "Transfer-Encoding") != "" {
		t.Errorf("the upstream got %q", said)
	}
}

// An upstream cannot open the stream without having taken the protocol up; other answers are handed on.
func TestReverseExtendedConnectRefused(t *testing.T) {
	for _, tt := range []struct {
		proto, says string
		want        int
	}{
		{"websocket", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n", 502},
		{"websocket", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 502},
		{"websocket", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 501},
		{"websocket", "HTTP/1.1 204 No Content\r\n\r\n", 501},
		{"websocket", "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403},
		{"websocket", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302},
		{"websocket", "", 502},
		{"echo", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n", 200},
	} {
		b := newBackend(t, func(c net.Conn, in *bufio.Reader) {
			if h, err := head(in); err == nil && (field(h, "Sec-WebSocket-Key") != "mistaken") == (tt.proto == "websocket") {
				io.WriteString(c, tt.says)
			}
		})
		front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}, Tries: 1})
		res, out := extendedConnect(t, front, "/app", tt.proto)
		out.Close()
		if body, _ := io.ReadAll(res.Body); res.StatusCode != tt.want || tt.want == 403 && string(body) != "no" {
			t.Errorf("%q: %d %q, want %d", tt.says, res.StatusCode, body, tt.want)
		}
	}
	b := newBackend(t, answers(ok))
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}})
	for _, more := range []string{"Connection: close\r\n", "Connection: upgrade, close\r\nUpgrade: websocket\r\n"} {
		if res := exchange(t, front, "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n"+more+"\r\n"); strings.HasPrefix(status(res), "2") || b.seen() != "" {
			t.Errorf("plain CONNECT: %.40q", res)
		}
	}
	way := forward(t, proxy.ForwardConfig{ConnectPorts: []int{portOf(t, b.addr)}})
	if res, out := extendedConnect(t, way, "/", "websocket"); res.StatusCode != 501 {
		t.Errorf("a Forward: %d", res.StatusCode)
		out.Close()
	}
}

// A Forward's tunnels begin in HTTP/2 as well.
func TestForwardConnectHTTP2(t *testing.T) {
	b := newBackend(t, func(c net.Conn, in *bufio.Reader) {
		io.WriteString(c, "hello ")
		io.Copy(c, in)
	})
	front := forward(t, proxy.ForwardConfig{ConnectPorts: []int{portOf(t, b.addr)}})
	tr := &http2.Transport{AllowHTTP: true, DialTLSContext: func(ctx context.Context, network, _ string, _ *tls.Config) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, front)
	}}
	defer tr.CloseIdleConnections()
	in, out := io.Pipe()
	defer out.Close()
	req := (&http.Request{Method: "CONNECT", URL: &url.URL{Scheme: "http", Host: b.addr}, Host: b.addr, Body: in, Header: http.Header{}}).WithContext(t.Context())
	res, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	io.WriteString(out, "there")
	out.Close()
	if got, err := io.ReadAll(res.Body); res.StatusCode != 200 || string(got) != "hello there" && string(got) != "therehello " || err != nil {
		t.Errorf("%d %q, %v", res.StatusCode, got, err)
	}
}
