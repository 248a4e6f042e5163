// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
)

func header(pairs ...string) (h web.Header) {
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

// What leaves, for what is asked for.
func TestRequestOnTheWire(t *testing.T) {
	const tail = "User-Agent: T\r\nConnection: TE\r\nTE: trailers\r\n\r\n"
	for _, tt := range []struct {
		r    client.Request
		url  string
		want string
	}{
		{client.Request{}, "http://example.org", "GET / HTTP/1.1\r\nHost: example.org\r\n" + tail},
		{client.Request{}, "http://user:secret@EXAMPLE.org:80/a%2Fb?q#frag", "GET /a%2Fb?q HTTP/1.1\r\nHost: example.org\r\n" + tail},
		{client.Request{}, "http://example.org:8080?", "GET /? HTTP/1.1\r\nHost: example.org:8080\r\n" + tail},
		{client.Request{}, "http://[2001:DB8::1]:80/", "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n" + tail},
		{client.Request{}, "http://[::1]:81/", "GET / HTTP/1.1\r\nHost: [::1]:81\r\n" + tail},
		{client.Request{}, "http://bücher.example/ü", "GET /%C3%BC HTTP/1.1\r\nHost: xn--bcher-kva.example\r\n" + tail},
		{client.Request{Host: "other"}, "http://a/", "GET / HTTP/1.1\r\nHost: other\r\n" + tail},
		{client.Request{Header: header("Host", "evil", "Content-Length", "7", "Transfer-Encoding", "chunked", "Connection", "x", "X-A", "b")}, "http://a/", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n" + tail},
		{client.Request{Header: header("User-Agent", "me")}, "http://a/", "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: me\r\nConnection: TE\r\nTE: trailers\r\n\r\n"},
		{client.Request{Method: "POST"}, "http://a/", "POST / HTTP/1.1\r\nHost: a\r\nUser-Agent: T\r\nContent-Length: 0\r\nConnection: TE\r\nTE: trailers\r\n\r\n"},
		{client.Request{Method: "PUT", Body: client.String("")}, "http://a/", "PUT / HTTP/1.1\r\nHost: a\r\nUser-Agent: T\r\nContent-Length: 0\r\nConnection: TE\r\nTE: trailers\r\n\r\n"},
		{client.Request{Method: "POST", Body: client.String("abc")}, "http://a/", "POST / HTTP/1.1\r\nHost: a\r\nUser-Agent: T\r\nContent-Length: 3\r\nConnection: TE\r\nTE: trailers\r\n\r\nabc"},
		{client.Request{Close: true}, "http://a/", "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: T\r\nConnection: close, TE\r\nTE: trailers\r\n\r\n"},
		{client.Request{Method: "CONNECT"}, "http://a/", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n" + tail},
		{client.Request{Upgrade: "echo"}, "http://a/", "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: T\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"},
	} {
		g := newRig(t, client.Config{UserAgent: "T"})
		r := tt.r
		r.URL = parse(t, tt.url)
		before, fields := r.URL.String(), r.Header.Clone()
		g.send(&r, false)
		if len(g.conns) != 1 || g.conns[0].Value() != tt.want {
			t.Errorf("%s: sent %q, not %q", tt.url, g.conns[0].Value(), tt.want)
		}
		if r.URL.String() != before || !r.Header.Equal(&fields) {
			t.Errorf("%s: the request was changed", tt.url)
		}
	}
}

// Class 9, CVE-2019-12387: nothing that a caller passes on can make a second request of one. Nothing is sent, and nothing connected to.
func TestInjectionIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    client.Request
	}{
		{"method", client.Request{Method: "GET / HTTP/1.1\r\nX: y"}},
		{"method with a space", client.Request{Method: "GE T"}},
		{"host", client.Request{URL: &url.URL{Scheme: "http", Host: "a\r\nX: y", Path: "/"}}},
		{"host with a space", client.Request{URL: &url.URL{Scheme: "http", Host: "a b", Path: "/"}}},
		{"no host", client.Request{URL: &url.URL{Scheme: "http", Path: "/"}}},
		{"zone", client.Request{URL: &url.URL{Scheme: "http", Host: "[fe80::1%25eth0]", Path: "/"}}},
		{"query", client.Request{URL: &url.URL{Scheme: "http", Host: "a", Path: "/", RawQuery: "a b\r\nX: y"}}},
		{"query, not ASCII", client.Request{URL: &url.URL{Scheme: "http", Host: "a", Path: "/", RawQuery: "ü"}}},
		{"opaque", client.Request{URL: &url.URL{Scheme: "http", Host: "a", Opaque: "/x y\r\nX: y"}}},
		{"Host", client.Request{Host: "a\r\nX: y"}},
		{"field", client.Request{Header: header("X", "y\r\nZ: a")}},
		{"field name", client.Request{Header: header("X: y\r\nZ", "a")}},
		{"upgrade", client.Request{Upgrade: "a\r\nX: y"}},
	} {
		g := newRig(t, client.Config{})
		r := tt.r
		x := g.send(&r, false)
		g.settle()
		sent := strings.Join(g.dialed, " ")
		for _, c := range g.conns {
			sent += c.Value()
		}
		if x.phase() != "request" || sent != "" || strings.ContainsAny(x.err.Error(), "\r\n") {
			t.Errorf("%s: %v, sent %q", tt.name, x.err, sent)
		}
	}
}

func TestUnsupportedScheme(t *testing.T) {
	g := newRig(t, client.Config{})
	x := g.get("ftp://user:secret@a/x?token=1")
	e, isScheme := errors.AsType[*client.UnsupportedSchemeError](x.err)
	if x.phase() != "request" || !isScheme || e.Scheme != "ftp" {
		t.Errorf("%v", x.err)
	}
	if x.err.Error() != `client: GET ftp://a/x: request: unsupported scheme "ftp": use http or https` {
		t.Errorf("%v", x.err)
	}
	if x := g.send(&client.Request{URL: &url.URL{}}, false); x.phase() != "request" {
		t.Errorf("%v", x.err)
	}
}

func TestParseURL(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{" http://EXAMPLE.org \n", "http://example.org/"},
		{"http://example.org:80", "http://example.org/"},
		{"https://example.org:443/a", "https://example.org/a"},
		{"https://example.org:80/a", "https://example.org:80/a"},
		{"http://bücher.example/ü?q=ü ü#x", "http://xn--bcher-kva.example/%C3%BC?q=%C3%BC%20%C3%BC#x"},
		{"http://[::1]:80/a;b?c", "http://[::1]/a;b?c"},
		{"http://a?b", "http://a/?b"},
	} {
		u, err := client.ParseURL(tt.text)
		if err != nil || u.String() != tt.want {
			t.Errorf("%q: %v, %v", tt.text, u, err)
		}
	}
	for _, text := range []string{"", "/a", "a.example/x", "mailto:a@b", "http://", "http:///x", "http://a b/", "http://a\\b/", "http://a/\r\nX: y", "ftp://a/", "http://a:b/", "http://[::1%25eth0]/", "http://-.example\x00/"} {
		if u, err := client.ParseURL(text); err == nil {
			t.Errorf("%q: %v", text, u)
		}
	}
}
