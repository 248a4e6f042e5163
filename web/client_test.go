// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/netip"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/webtest"
)

// Who is believed to tell about the client, and what is made of it.
func TestProxies(t *testing.T) {
	xff := web.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}, Unix: true}
	rfc := xff
	rfc.Forwarded = true
	proxy, stranger, unix := "tcp 10.1.1.1:5", "tcp 203.0.113.9:5", "unix"
	h := func(pairs ...string) http.Header {
		m := make(http.Header)
		for i := 0; i < len(pairs); i += 2 {
			m.Add(pairs[i], pairs[i+1])
		}
		return m
	}
	const xf, xp, xh, f = "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded"
	for _, tt := range []struct {
		name    string
		proxies web.Proxies
		peer    string
		header  http.Header
		want    string
	}{
		{"nothing said", xff, proxy, nil, "10.1.1.1 false example.com"},
		{"all", xff, proxy, h(xf, "198.51.100.7", xp, "HTTPS", xh, "shop.example:8443"), "198.51.100.7 true shop.example:8443"},
		{"spoofed by a stranger", xff, stranger, h(xf, "127.0.0.1", xp, "https", xh, "evil.example"), "203.0.113.9 false example.com"},
		{"nobody is trusted", web.Proxies{}, proxy, h(xf, "127.0.0.1", xp, "https"), "10.1.1.1 false example.com"},
		{"client put one in front", xff, proxy, h(xf, "127.0.0.1, 198.51.100.7", xp, "https, http"), "198.51.100.7 false example.com"},
		{"client put a trusted one in front", xff, proxy, h(xf, "10.9.9.9, 198.51.100.7"), "198.51.100.7 false example.com"},
		{"two fields", xff, proxy, h(xf, "1.1.1.1", xf, "198.51.100.7"), "198.51.100.7 false example.com"},
		{"two proxies", xff, proxy, h(xf, "198.51.100.7, 10.2.2.2", xp, "https, http", xh, "shop.example, inner"), "198.51.100.7 true shop.example"},
		{"two proxies, one value", xff, proxy, h(xf, "198.51.100.7, 10.2.2.2", xp, "https"), "198.51.100.7 true example.com"},
		{"all trusted", xff, proxy, h(xf, "10.3.3.3, 10.2.2.2"), "10.3.3.3 false example.com"},
		{"IPv6", xff, proxy, h(xf, "2001:db8::1"), "2001:db8::1 false example.com"},
		{"ports", xff, proxy, h(xf, "198.51.100.7:99, [fd00::1]:443"), "198.51.100.7 false example.com"},
		{"mapped", xff, proxy, h(xf, "::ffff:198.51.100.7"), "198.51.100.7 false example.com"},
		{"nonsense", xff, proxy, h(xf, "me"), "invalid IP false example.com"},
		{"bad host", xff, proxy, h(xf, "198.51.100.7", xh, "a/b"), "198.51.100.7 false example.com"},
		{"UNIX peer", xff, unix, h(xf, "198.51.100.7", xp, "https"), "198.51.100.7 true example.com"},
		{"UNIX peer that is not trusted", web.Proxies{}, unix, h(xf, "198.51.100.7"), "invalid IP false example.com"},
		{"only Forwarded is sent", xff, proxy, h(f, "for=127.0.0.1;proto=https"), "10.1.1.1 false example.com"},
		{"protocol without a client", xff, proxy, h(xp, "https"), "10.1.1.1 false example.com"},

		{"Forwarded", rfc, proxy, h(f, `for=198.51.100.7;proto=https;host="shop.example:1";by=10.1.1.1`), "198.51.100.7 true shop.example:1"},
		{"Forwarded by a stranger", rfc, stranger, h(f, "for=127.0.0.1;proto=https"), "203.0.113.9 false example.com"},
		{"Forwarded, IPv6", rfc, proxy, h(f, `For="[2001:db8::1]:47"`), "2001:db8::1 false example.com"},
		{"Forwarded, spoofed", rfc, proxy, h(f, "for=127.0.0.1;proto=https, for=198.51.100.7;proto=http"), "198.51.100.7 false example.com"},
		{"Forwarded, two", rfc, proxy, h(f, "for=198.51.100.7;proto=https", f, "for=10.2.2.2"), "198.51.100.7 true example.com"},
		{"Forwarded, open quote", rfc, proxy, h(f, `for="127.0.0.1, for=198.51.100.7`), "invalid IP false example.com"},
		{"Forwarded, a comma in quotes", rfc, proxy, h(f, `for="1.1.1.1, for=\"2.2.2.2", for=198.51.100.7`), "198.51.100.7 false example.com"},
		{"Forwarded, hidden", rfc, proxy, h(f, "for=_hidden;proto=https"), "invalid IP true example.com"},
		{"X-Forwarded with Forwarded", rfc, proxy, h(xf, "127.0.0.1"), "10.1.1.1 false example.com"},
		{"empty elements", rfc, proxy, h(f, ", ;;,for=198.51.100.7; ;"), "198.51.100.7 false example.com"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			site := web.NewSite(web.Func(func(r *web.Request) {
				fmt.Fprint(r, r.ClientAddr(), " ", r.Secure(), " ", r.ClientHost())
			}), web.Config{Proxies: tt.proxies})
			peer := protocol.UNIXAddr("")
			if tt.peer != unix {
				peer = protocol.TCPAddr(netip.MustParseAddrPort(tt.peer[4:]))
			}
			if got := webtest.Connect(site, webtest.Config{Remote: peer}).Do(webtest.Request{Header: tt.header}).Body; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestHostname(t *testing.T) {
	for _, tt := range []struct{ host, want string }{
		{"example.com", "example.com"}, {"example.com:81", "example.com"}, {"[::1]:81", "::1"}, {"[::1]", "::1"}, {"10.0.0.1", "10.0.0.1"},
	} {
		res := webtest.Do(web.Func(func(r *web.Request) { fmt.Fprint(r, r.Hostname()) }), webtest.Request{Host: tt.host})
		if res.Body != tt.want {
			t.Errorf("%s: got %q, want %q", tt.host, res.Body, tt.want)
		}
	}
	c := webtest.Connect(web.NewSite(web.Func(func(r *web.Request) { fmt.Fprint(r, r.Hostname(), " ", r.URL()) }), web.Config{}), webtest.Config{})
	if got, want := c.Raw("GET / HTTP/1.0\r\n\r\n").Body, "10.0.0.1 http://10.0.0.1:12345/"; got != want {
		t.Errorf("without Host: got %q, want %q", got, want)
	}
}

func TestURLs(t *testing.T) {
	var root, app web.Tree
	show := web.LeafFunc(func(r *web.Request) {
		fmt.Fprint(r, r.URL(), " ", r.PrePathURL(), " ", r.RootURL(), " ", r.SiblingLink("s"), " ", r.ChildLink("a:b/c"))
	})
	root.PutChild("a b", web.LeafFunc(func(r *web.Request) {
		r.RememberRoot()
		web.Dispatch(&app, r)
	}))
	app.PutChild("x/y", show)
	app.PutChild("", show)
	site := web.NewSite(&root, web.Config{})
	for _, tt := range []struct{ target, host, want string }{
		{"/a%20b/x%2Fy", "h:80", "http://h/a%20b/x%2Fy http://h/a%20b/x%2Fy http://h/a%20b s x%2Fy/a:b%2Fc"},
		{"/a%20b/x%2Fy/p/q?k=v", "h:8080", "http://h:8080/a%20b/x%2Fy/p/q?k=v http://h:8080/a%20b/x%2Fy http://h:8080/a%20b ../../s .././a:b%2Fc"},
		{"/a%20b/", "h:443", "http://h:443/a%20b/ http://h:443/a%20b/ http://h:443/a%20b s ./a:b%2Fc"},
	} {
		if got := webtest.Connect(site, webtest.Config{}).Do(webtest.Request{Target: tt.target, Host: tt.host}).Body; got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.target, got, tt.want)
		}
	}
	c := webtest.Connect(site, webtest.Config{TLS: new(tls.ConnectionState)})
	if got, want := c.Do(webtest.Request{Target: "/a%20b/", Host: "[::1]:443"}).Body, "https://[::1]/a%20b/ https://[::1]/a%20b/ https://[::1]/a%20b s ./a:b%2Fc"; got != want {
		t.Errorf("over TLS: got %s, want %s", got, want)
	}
}

// Where a redirect may lead that a stranger has chosen (class 16).
func TestLocal(t *testing.T) {
	for location, want := range map[string]bool{
		"/": true, "/a?b#c": true, "a/b": true, "?q": true, "http://example.com": true, "HTTP://Example.com/x": true, "http://example.com?x": true,
		"": false, "//evil.example": false, "///evil.example": false, "/\\evil.example": false, "\\\\evil.example": false, "/\t/evil.example": false, " //evil.example": false,
		"http://evil.example/": false, "https://example.com/": false, "http://example.com.evil.example/": false, "http://example.com@evil.example/": false,
		"http:evil.example": false, "javascript:alert(1)": false, "data:text/html,x": false, "http:///evil.example": false, "http://example.com:81/": false,
		"/a\r\nX: y": false, "%zz": false,
	} {
		webtest.Get(web.Func(func(r *web.Request) {
			if got := r.Local(location); got != want {
				t.Errorf("%q: got %v, want %v", location, got, want)
			}
		}), "/")
	}
}

func TestRedirects(t *testing.T) {
	var root, sub web.Tree
	root.PutChild("sub", &sub)
	sub.PutChild("up", web.ParentRedirect(303))
	sub.PutChild("out", web.RedirectTo(308, "https://other.example/\r\n<\"x\">"))
	for target, want := range map[string]string{
		"/sub/up?q=/z": "303 http://example.com/sub/",
		"/sub/up/more": "303 http://example.com/sub/up/",
		"/sub/out/any": "308 https://other.example/%0D%0A<\"x\">",
	} {
		res := webtest.Get(&root, target)
		if got := fmt.Sprint(res.Status, " ", res.Header.Get("Location")); got != want {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
	}
}
