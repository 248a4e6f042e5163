// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package vhost_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/vhost"
	"github.com/torsion-go/torsion/web/webtest"
)

func page(text string) web.Resource { return web.Func(func(r *web.Request) { r.WriteString(text) }) }

func site(t *testing.T) *vhost.Hosts {
	t.Helper()
	var h vhost.Hosts
	for _, name := range []string{"www.example.org", "*.example.org", "*.deep.example.org", "10.0.0.1", "[::1]", "Example.ORG."} {
		if err := h.Add(name, page(name)); err != nil {
			t.Fatal(err)
		}
	}
	return &h
}

func TestHosts(t *testing.T) {
	h := site(t)
	for _, tt := range []struct{ host, want string }{
		{"www.example.org", "www.example.org"},
		{"WWW.Example.Org:8080", "www.example.org"},
		{"www.example.org.", "www.example.org"},
		{"www.example.org.:80", "www.example.org"},
		{"a.example.org", "*.example.org"},
		{"a.b.example.org", "*.example.org"},
		{"a.deep.example.org", "*.deep.example.org"},
		{"deep.example.org", "*.example.org"},
		{"example.org", "Example.ORG."},
		{"10.0.0.1:80", "10.0.0.1"},
		{"[::1]:80", "[::1]"},
		{"[::1]", "[::1]"},
		{"org", ""},
		{".example.org", ""},
		{"*.example.org", ""},
		{"wwwwexample.org", ""},
		{"example.org.evil", ""},
	} {
		res := webtest.Do(h, webtest.Request{Host: tt.host})
		if tt.want == "" {
			if res.Status != 404 {
				t.Errorf("%s: %d %q", tt.host, res.Status, res.Body)
			}
		} else if res.Status != 200 || res.Body != tt.want {
			t.Errorf("%s: %d %q, want %q", tt.host, res.Status, res.Body, tt.want)
		}
	}
}

// Class 16, CVE-2022-39348: the page for unknown hosts shows the name as text.
func TestUnknownHostIsEscaped(t *testing.T) {
	var h vhost.Hosts
	root := web.LeafFunc(func(r *web.Request) {
		r.Host = "<script>alert(1)</script>" // what no parser of ours lets through
		h.Render(r)
	})
	res := webtest.Get(root, "/")
	if res.Status != 404 || strings.Contains(res.Body, "<script>") || !strings.Contains(res.Body, "&lt;script&gt;") {
		t.Errorf("%d %q", res.Status, res.Body)
	}
	if res := webtest.Do(&h, webtest.Request{Host: strings.Repeat("a", 5000)}); res.Status != 404 || len(res.Body) > 1500 {
		t.Errorf("a long name: %d, %d bytes", res.Status, len(res.Body))
	}
}

func TestDefaultAndLiveChanges(t *testing.T) {
	h := site(t)
	h.Default = page("default")
	if res := webtest.Do(h, webtest.Request{Host: "other.example"}); res.Body != "default" {
		t.Errorf("%q", res.Body)
	}
	h.Remove("WWW.example.org")
	if res := webtest.Do(h, webtest.Request{Host: "www.example.org"}); res.Body != "*.example.org" {
		t.Errorf("%q", res.Body)
	}
	if err := h.Add("new.example", page("new")); err != nil {
		t.Fatal(err)
	}
	if res := webtest.Do(h, webtest.Request{Host: "new.example"}); res.Body != "new" {
		t.Errorf("%q", res.Body)
	}
	if got := fmt.Sprint(h.Names()); got != "[*.deep.example.org *.example.org 10.0.0.1 [::1] example.org new.example]" {
		t.Error(got)
	}
	for _, bad := range []string{"", "*", "*.", "a.*.b", "a b", "a/b", "a..b", ".a", "<b>", "ö.example"} {
		if h.Add(bad, page("")) == nil {
			t.Errorf("%q was added", bad)
		}
	}
}

// The tree behind a host sees the whole path, and leaves work.
func TestHostsDispatch(t *testing.T) {
	var tree web.Tree
	tree.PutChild("leaf", web.LeafFunc(func(r *web.Request) { fmt.Fprint(r, r.PrePath, r.PostPath) }))
	var h vhost.Hosts
	if err := h.Add("a.example", &tree); err != nil {
		t.Fatal(err)
	}
	if res := webtest.Do(&h, webtest.Request{Host: "a.example", Target: "/leaf/x/y"}); res.Body != "[leaf] [x y]" {
		t.Errorf("%q", res.Body)
	}
}

func TestMisdirected(t *testing.T) {
	for _, tt := range []struct {
		sni  string
		on   bool
		want int
	}{
		{"www.example.org", true, 200}, {"WWW.example.org.", true, 200}, {"a.example.org", true, 421}, {"", true, 200}, {"a.example.org", false, 200},
	} {
		h := site(t)
		h.Misdirected = tt.on
		c := webtest.Connect(web.NewSite(h, web.Config{}), webtest.Config{TLS: &tls.ConnectionState{ServerName: tt.sni}})
		if res := c.Do(webtest.Request{Host: "www.example.org:443"}); res.Status != tt.want {
			t.Errorf("SNI %q: %d, want %d", tt.sni, res.Status, tt.want)
		}
	}
}

func TestForwardedHost(t *testing.T) {
	peers := web.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("192.168.1.1/32")}}
	for _, tt := range []struct {
		on   bool
		peer string
		want string
	}{
		{true, "192.168.1.1:1000", "www.example.org"}, {true, "192.168.1.2:1000", "*.example.org"}, {false, "192.168.1.1:1000", "*.example.org"},
	} {
		h := site(t)
		h.Forwarded = tt.on
		c := webtest.Connect(web.NewSite(h, web.Config{Proxies: peers}), webtest.Config{Remote: protocol.TCPAddr(netip.MustParseAddrPort(tt.peer))})
		res := c.Do(webtest.Request{Host: "inner.example.org", Header: http.Header{"X-Forwarded-For": {"10.0.0.9"}, "X-Forwarded-Host": {"www.example.org"}}})
		if res.Body != tt.want {
			t.Errorf("%+v: %q", tt, res.Body)
		}
	}
}

func TestMonster(t *testing.T) {
	var root web.Tree
	root.PutChild("p", web.LeafFunc(func(r *web.Request) {
		fmt.Fprint(r, r.Host, " ", r.Header.Get("X-Forwarded-Proto"), " ", r.PrePath, r.PostPath)
	}))
	m := &vhost.Monster{Next: &root, Trusted: []netip.Prefix{netip.MustParsePrefix("192.168.1.0/24")}}
	root.PutChild("vhost", m)
	s := web.NewSite(&root, web.Config{})
	for _, tt := range []struct {
		target, want string
		status       int
	}{
		{"/vhost/http/www.example.org:8080/p/x", "www.example.org:8080 http [p] [x]", 200},
		{"/vhost/https/www.example.org:443/p", "www.example.org https [p] []", 200},
		{"/vhost/http/%5B::1%5D:81/p", "[::1]:81 http [p] []", 200},
		{"/vhost/ftp/www.example.org/p", "", 400},
		{"/vhost/http/a%2Fb/p", "", 400},
		{"/vhost/http/%3Cb%3E/p", "", 400},
		{"/vhost/http/a:b/p", "", 400},
		{"/vhost/http/a:1:2/p", "", 400},
		{"/vhost/http/*.a/p", "", 400},
		{"/vhost/http", "", 404},
	} {
		c := webtest.Connect(s, webtest.Config{Remote: protocol.TCPAddr(netip.MustParseAddrPort("192.168.1.7:1000"))})
		res := c.Do(webtest.Request{Target: tt.target, Header: http.Header{"X-Forwarded-Proto": {"gopher"}}})
		if res.Status != tt.status || tt.want != "" && res.Body != tt.want {
			t.Errorf("%s: %d %q", tt.target, res.Status, res.Body)
		}
	}
	c := webtest.Connect(s, webtest.Config{Remote: protocol.TCPAddr(netip.MustParseAddrPort("192.168.2.7:1000"))})
	if res := c.Do(webtest.Request{Target: "/vhost/http/www.example.org/p"}); res.Status != 404 {
		t.Errorf("a stranger: %d", res.Status)
	}
}

func ExampleHosts() {
	var hosts vhost.Hosts
	hosts.Add("www.example.org", web.Get(func(r *web.Request) { r.WriteString("the site") }))
	hosts.Add("*.example.org", web.Get(func(r *web.Request) { r.WriteString("somebody's page") }))
	fmt.Println(webtest.Do(&hosts, webtest.Request{Host: "WWW.example.org:80"}).Body)
	fmt.Println(webtest.Do(&hosts, webtest.Request{Host: "ann.example.org"}).Body)
	// Output:
	// the site
	// somebody's page
}
