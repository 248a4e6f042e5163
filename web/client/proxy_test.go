// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocols/socks"
	"github.com/torsion-go/torsion/core/reactortest"
	"github.com/torsion-go/torsion/web/client"
)

// A proxyRig is an Agent whose proxy is played by the test.
type proxyRig struct {
	m   *reactortest.Memory
	a   *client.Agent
	got string
	err error
}

func behind(t *testing.T, proxy string) *proxyRig {
	t.Helper()
	g := &proxyRig{m: reactortest.NewMemory(t)}
	u := parse(t, proxy)
	var err error
	if g.a, err = client.New(g.m, client.Config{Proxy: func(*url.URL) (*url.URL, error) { return u, nil }, UserAgent: "-"}); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *proxyRig) do(t *testing.T, r *client.Request) {
	g.got, g.err = "", nil
	g.a.Do(r).Done(func(r *client.Response, err error) {
		if err != nil {
			g.err = err
			return
		}
		r.ReadBody(0).Done(func(b []byte, err error) { g.got, g.err = fmt.Sprint(r.Status, " ", string(b)), err })
	})
	g.m.Settle()
}

func answer(text string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
}

// Requests for http name the whole URL, share the proxy's connections whatever their host, and carry the login, which is the proxy's.
func TestProxyAbsolute(t *testing.T) {
	g := behind(t, "http://joe:secret@127.0.0.1:3128")
	var peer *reactortest.Peer
	for i, tt := range []struct{ url, want string }{
		{"http://a.example/x?y=z#f", "GET http://a.example/x?y=z HTTP/1.1\r\nHost: a.example\r\n"},
		{"http://b.example:8080", "GET http://b.example:8080/ HTTP/1.1\r\nHost: b.example:8080\r\n"},
	} {
		g.do(t, &client.Request{URL: parse(t, tt.url)})
		if i == 0 {
			if peer = g.m.Answer("127.0.0.1:3128"); peer == nil {
				t.Fatal(g.m.Attempts(), g.err)
			}
			g.m.Settle()
		}
		said := string(peer.Received())
		if !strings.HasPrefix(said, tt.want) || strings.Count(said, "Proxy-Authorization: Basic am9lOnNlY3JldA==\r\n") != 1 {
			t.Errorf("%s: %q", tt.url, said)
		}
		peer.Write([]byte(answer("hello")))
		g.m.Settle()
		if g.got != "200 hello" {
			t.Errorf("%s: %q, %v", tt.url, g.got, g.err)
		}
	}
	if s := g.a.Stats(); s.Dials != 1 || s.Idle != 1 {
		t.Errorf("%+v", s)
	}
	// A refusal is an answer like any other.
	g.do(t, &client.Request{URL: parse(t, "http://a.example/")})
	peer.Received()
	peer.Write([]byte("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
	g.m.Settle()
	if g.got != "407 " {
		t.Errorf("%q, %v", g.got, g.err)
	}
}

// A tunnel leads to one host, and what the proxy is told is not told to the server.
func TestProxyTunnel(t *testing.T) {
	for _, tt := range []struct {
		proxy, at string
		script    []string // what is said, and what is answered
	}{
		{"socks5://joe:secret@127.0.0.1:1081", "127.0.0.1:1081", []string{"\x05\x02\x00\x02", "\x05\x02", "\x01\x03joe\x06secret", "\x01\x00", "\x05\x01\x00\x03\x09a.example\x00\x50", "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"}},
		{"socks5h://127.0.0.1", "127.0.0.1:1080", []string{"\x05\x01\x00", "\x05\x00", "\x05\x01\x00\x03\x09a.example\x00\x50", "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"}},
		{"socks4a://joe@127.0.0.1", "127.0.0.1:1080", []string{"\x04\x01\x00\x50\x00\x00\x00\x01joe\x00a.example\x00", "\x00\x5a\x00\x00\x00\x00\x00\x00"}},
	} {
		g := behind(t, tt.proxy)
		header := client.Request{URL: parse(t, "http://a.example/x")}
		header.Header.Set("Proxy-Authorization", "Basic mistaken")
		g.do(t, &header)
		peer := g.m.Answer(tt.at)
		if peer == nil {
			t.Fatal(tt.proxy, g.m.Attempts(), g.err)
		}
		g.m.Settle()
		for pair := range slices.Chunk(tt.script, 2) {
			if said := string(peer.Received()); said != pair[0] {
				t.Errorf("%s: said %q, want %q", tt.proxy, said, pair[0])
			}
			peer.Write([]byte(pair[1]))
			g.m.Settle()
		}
		said := string(peer.Received())
		if !strings.HasPrefix(said, "GET /x HTTP/1.1\r\nHost: a.example\r\n") || strings.Contains(said, "Proxy-") {
			t.Errorf("%s: the server is told %q", tt.proxy, said)
		}
		peer.Write([]byte(answer("hello")))
		g.m.Settle()
		if g.got != "200 hello" {
			t.Errorf("%s: %q, %v", tt.proxy, g.got, g.err)
		}
		g.do(t, &client.Request{URL: parse(t, "http://b.example/")}) // it has a tunnel of its own
		if n := len(g.m.Attempts()); n != 1 {
			t.Errorf("%s: %d attempts for another host", tt.proxy, n)
		}
	}
}

// What asks for another protocol goes through CONNECT, for http too.
func TestProxyUpgrade(t *testing.T) {
	g := behind(t, "http://joe:secret@127.0.0.1:3128")
	g.do(t, &client.Request{URL: parse(t, "http://a.example/chat"), Upgrade: "websocket"})
	peer := g.m.Answer("127.0.0.1:3128")
	g.m.Settle()
	if said := string(peer.Received()); !strings.HasPrefix(said, "CONNECT a.example:80 HTTP/1.1\r\n") || !strings.Contains(said, "\r\nProxy-Authorization: Basic ") {
		t.Errorf("said %q", said)
	}
	peer.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	g.m.Settle()
	if said := string(peer.Received()); !strings.HasPrefix(said, "GET /chat HTTP/1.1\r\n") || strings.Contains(said, "Proxy-") {
		t.Errorf("the server is told %q", said)
	}
}

// A proxy that refuses, fails or babbles ends the request in its phase, with the cause, and without the password (class 15).
func TestProxyFailures(t *testing.T) {
	for _, tt := range []struct {
		proxy, url string
		says       string // "" closes
		want       func(err error) bool
	}{
		{"http://joe:secret@127.0.0.1:9", "https://a.example/", "HTTP/1.1 407 Who?\r\nContent-Length: 0\r\n\r\n", func(err error) bool {
			e, ok := errors.AsType[*client.ProxyError](err)
			return ok && e.Status == 407
		}},
		{"http://joe:secret@127.0.0.1:9", "https://a.example/", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", func(err error) bool { return err != nil }}, // which is no TLS
		{"http://joe:secret@127.0.0.1:9", "https://a.example/", "", func(err error) bool { return err != nil }},
		{"socks5://joe:secret@127.0.0.1:9", "http://a.example/", "\x05\xff", func(err error) bool { return errors.Is(err, socks.ErrMethod) }},
		{"socks5://joe:secret@127.0.0.1:9", "http://a.example/", "HTTP/1.1 400 Bad Request\r\n\r\n", func(err error) bool { return errors.Is(err, socks.ErrMalformed) }},
		{"socks5://joe:secret@127.0.0.1:9", "http://a.example/", "", func(err error) bool { return err != nil }},
	} {
		g := behind(t, tt.proxy)
		g.do(t, &client.Request{URL: parse(t, tt.url)})
		peer := g.m.Answer("127.0.0.1:9")
		g.m.Settle()
		if peer.Received(); tt.says == "" {
			peer.Close()
		} else {
			peer.Write([]byte(tt.says))
		}
		g.m.Settle()
		e, ok := errors.AsType[*client.Error](g.err)
		if !ok || e.Phase != client.PhaseConnect || !tt.want(g.err) {
			t.Errorf("%s by %s, which says %q: %v", tt.url, tt.proxy, tt.says, g.err)
		}
		if text := fmt.Sprint(g.err); strings.Contains(text, "secret") || strings.Contains(text, "joe") {
			t.Errorf("%s tells the login", text)
		}
		if s := g.a.Stats(); s.Open != 0 {
			t.Errorf("%s by %s: %+v", tt.url, tt.proxy, s)
		}
	}
}

// The URL of a proxy that cannot be used is the caller's mistake, and its password stays a secret.
func TestProxyURLs(t *testing.T) {
	for _, u := range []*url.URL{
		{Scheme: "ftp", Host: "127.0.0.1"},
		{Scheme: "http"},
		{Scheme: "http", Host: "127.0.0.1:x", User: url.UserPassword("joe", "secret")},
		{Scheme: "http", Host: "127.0.0.1:0"},
		{Scheme: "http", Host: "127.0.0.1:70000"},
		{Scheme: "http", Host: "127.0.0.1", Path: "/pac"},
		{Scheme: "http", Host: "a b"},
		{Scheme: "http", Opaque: "127.0.0.1"},
		{Scheme: "http", Host: "127.0.0.1:80", User: url.UserPassword("j:e", "secret")},
		{},
	} {
		g := &proxyRig{m: reactortest.NewMemory(t)}
		g.a, _ = client.New(g.m, client.Config{Proxy: func(*url.URL) (*url.URL, error) { return u, nil }})
		g.do(t, &client.Request{URL: parse(t, "http://a.example/")})
		e, ok := errors.AsType[*client.Error](g.err)
		if !ok || e.Phase != client.PhaseRequest || strings.Contains(e.Error(), "secret") {
			t.Errorf("%#v: %v", u, g.err)
		}
	}
}

func TestProxyFromEnvironment(t *testing.T) {
	for _, tt := range []struct {
		env  string
		url  string
		want string
	}{
		{"", "http://a.example/", "<nil>"},
		{"HTTP_PROXY=http://p:1", "http://a.example/", "http://p:1"},
		{"HTTP_PROXY=http://p:1", "https://a.example/", "<nil>"},
		{"HTTP_PROXY=http://p:1 http_proxy=http://q:1", "http://a.example/", "http://q:1"},
		{"HTTPS_PROXY=p:1", "https://a.example/", "http://p:1"},
		{"ALL_PROXY=socks5://p", "https://a.example/", "socks5://p"},
		{"ALL_PROXY=socks5://p all_proxy=socks4a://q", "http://a.example/", "socks4a://q"},
		{"ALL_PROXY=socks5://p HTTP_PROXY=q:1", "http://a.example/", "http://q:1"},
		{"ALL_PROXY=p:1 NO_PROXY=example", "http://a.example/", "<nil>"},
		{"ALL_PROXY=p:1 no_proxy=b.example,10.0.0.0/8", "http://10.1.2.3/", "<nil>"},
		{"ALL_PROXY=p:1 no_proxy=b.example", "http://a.example/", "http://p:1"},
		{"ALL_PROXY=p:1 NO_PROXY=*", "http://a.example/", "<nil>"},
		{"ALL_PROXY=p:1", "http://localhost/", "<nil>"},
		{"ALL_PROXY=p:1", "http://127.0.0.1/", "<nil>"},
		// A setting that cannot be used does not mean none.
		{"HTTP_PROXY=ftp://p:1", "http://a.example/", "unsupported scheme"},
		{"HTTP_PROXY=http://joe:secret@p:x", "http://a.example/", "not of the form"},
		{"HTTP_PROXY=ftp://p:1", "https://a.example/", "<nil>"},
		{"HTTP_PROXY=ftp://p:1 NO_PROXY=a.example", "http://a.example/", "<nil>"},
		// httpoxy (class 18): in a CGI program HTTP_PROXY comes from whoever asks.
		{"REQUEST_METHOD=GET HTTP_PROXY=http://evil:1", "http://a.example/", "refusing"},
		{"REQUEST_METHOD=GET HTTPS_PROXY=http://p:1", "https://a.example/", "http://p:1"},
		{"REQUEST_METHOD=GET ALL_PROXY=http://p:1", "http://a.example/", "http://p:1"},
	} {
		for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD"} {
			t.Setenv(name, "")
		}
		for set := range strings.FieldsSeq(tt.env) {
			name, value, _ := strings.Cut(set, "=")
			t.Setenv(name, value)
		}
		u, err := client.ProxyFromEnvironment()(parse(t, tt.url))
		got := fmt.Sprint(u)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, tt.want) || strings.Contains(got, "secret") {
			t.Errorf("%s for %s: %s, want %s", tt.env, tt.url, got, tt.want)
		}
	}
}
