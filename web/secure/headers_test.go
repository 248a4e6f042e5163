// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package secure_test

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/secure"
	"github.com/torsion-go/torsion/web/webtest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var quiet = slog.New(slog.DiscardHandler)

func headers(t *testing.T, next web.Resource, c secure.HeadersConfig) *secure.Headers {
	t.Helper()
	h, err := secure.NewHeaders(next, c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hello(r *web.Request) { io.WriteString(r, "hello") }

const plainCSP = "default-src 'self'; script-src 'self' ; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"

func TestHeadersByDefault(t *testing.T) {
	var tree web.Tree
	tree.PutChild("", web.Get(hello))
	tree.PutChild("moved", web.Get(func(r *web.Request) { r.Redirect(302, "/") }))
	tree.PutChild("stream", web.Get(func(r *web.Request) { hello(r); r.Flush(); hello(r) }))
	tree.PutChild("panic", web.Get(func(*web.Request) { panic("test") }))
	tree.PutChild("same", web.Get(func(r *web.Request) { r.SetStatus(304) }))
	root := headers(t, &tree, secure.HeadersConfig{})
	want := map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "SAMEORIGIN", "Content-Security-Policy": plainCSP,
		"Referrer-Policy": "strict-origin-when-cross-origin", "Permissions-Policy": secure.DefaultPermissionsPolicy,
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		"Content-Security-Policy-Report-Only": "", "Strict-Transport-Security": "",
	}
	for path, status := range map[string]int{"/": 200, "/moved": 302, "/stream": 200, "/panic": 500, "/same": 304, "/none": 404} {
		c := webtest.Connect(web.NewSite(root, web.Config{Logger: quiet}), webtest.Config{})
		res := c.Do(webtest.Request{Target: path})
		if res.Status != status {
			t.Errorf("%s: status %d", path, res.Status)
		}
		for name, value := range want {
			if got := strings.Join(res.Header.Values(name), " | "); got != value {
				t.Errorf("%s: %s: %q, want %q", path, name, got, value)
			}
		}
	}
}

// TLS is needed for HSTS, or the word of a proxy that is trusted.
func TestStrictTransportSecurity(t *testing.T) {
	for _, tt := range []struct {
		config secure.HeadersConfig
		tls    bool
		want   string
	}{
		{secure.HeadersConfig{}, false, ""},
		{secure.HeadersConfig{}, true, "max-age=31536000"},
		{secure.HeadersConfig{HSTS: time.Hour, HSTSSubdomains: true}, true, "max-age=3600; includeSubDomains"},
		{secure.HeadersConfig{HSTSSubdomains: true, HSTSPreload: true}, true, "max-age=31536000; includeSubDomains; preload"},
		{secure.HeadersConfig{HSTS: -1}, true, ""},
	} {
		var state *tls.ConnectionState
		if tt.tls {
			state = &tls.ConnectionState{}
		}
		site := web.NewSite(headers(t, web.Func(hello), tt.config), web.Config{})
		res := webtest.Connect(site, webtest.Config{TLS: state}).Do(webtest.Request{Header: http.Header{"X-Forwarded-Proto": {"https"}}})
		if got := res.Header.Get("Strict-Transport-Security"); got != tt.want {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}

// What the resource says stays, once, however it says it.
func TestHeadersOfTheResource(t *testing.T) {
	own := web.Func(func(r *web.Request) {
		r.ResponseHeader().Add("content-security-policy", "default-src 'none'")
		r.ResponseHeader().Add("content-security-policy", "script-src 'none'")
		r.ResponseHeader().Set("X-Frame-Options", "DENY")
		r.ResponseHeader().Set("Referrer-Policy", "")
		r.ResponseHeader().Set("Strict-Transport-Security", "max-age=0")
	})
	site := web.NewSite(headers(t, own, secure.HeadersConfig{}), web.Config{})
	res := webtest.Connect(site, webtest.Config{TLS: &tls.ConnectionState{}}).Do(webtest.Request{})
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none' | script-src 'none'", "X-Frame-Options": "DENY", "Referrer-Policy": "",
		"Strict-Transport-Security": "max-age=0", "X-Content-Type-Options": "nosniff",
	} {
		if got := strings.Join(res.Header.Values(name), " | "); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Of Headers within Headers the inner ones hold, and supply one nonce.
func TestHeadersWithin(t *testing.T) {
	var nonce string
	inner := headers(t, web.Func(func(r *web.Request) { nonce = secure.Nonce(r) }), secure.HeadersConfig{CSP: "script-src {nonce}", FrameAncestors: "'none'", ReferrerPolicy: "-"})
	outer := headers(t, inner, secure.HeadersConfig{CSPReportOnly: "style-src {nonce}", ReferrerPolicy: "no-referrer"})
	res := webtest.Get(outer, "/")
	for name, want := range map[string]string{
		"Content-Security-Policy": "script-src 'nonce-" + nonce + "'; frame-ancestors 'none'", "Content-Security-Policy-Report-Only": "style-src 'nonce-" + nonce + "'",
		"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
	} {
		if got := strings.Join(res.Header.Values(name), " | "); got != want || nonce == "" {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestHeadersLeftOut(t *testing.T) {
	res := webtest.Get(headers(t, web.Func(hello), secure.HeadersConfig{
		HSTS: -1, CSP: "-", FrameAncestors: "-", ReferrerPolicy: "-", PermissionsPolicy: "-", OpenerPolicy: "-", ResourcePolicy: "-", AllowSniffing: true,
	}), "/")
	for name := range res.Header {
		switch name {
		case "Server", "Date", "Content-Type", "Content-Length":
		default:
			t.Errorf("%s: %q", name, res.Header.Get(name))
		}
	}
}

func TestFrameAncestors(t *testing.T) {
	for _, tt := range []struct{ csp, ancestors, wantCSP, wantFrame string }{
		{"-", "", "frame-ancestors 'self'", "SAMEORIGIN"},
		{"-", "'none'", "frame-ancestors 'none'", "DENY"},
		{"default-src 'self';", "https://a.example", "default-src 'self'; frame-ancestors https://a.example", ""},
		{"default-src 'self'; Frame-Ancestors 'none'", "-", "default-src 'self'; Frame-Ancestors 'none'", ""},
		{"frame-ancestors https://b.example", "https://a.example", "frame-ancestors https://b.example", ""},
	} {
		res := webtest.Get(headers(t, web.Func(hello), secure.HeadersConfig{CSP: tt.csp, FrameAncestors: tt.ancestors}), "/")
		if csp, frame := res.Header.Get("Content-Security-Policy"), res.Header.Get("X-Frame-Options"); csp != tt.wantCSP || frame != tt.wantFrame {
			t.Errorf("%+v: %q, %q", tt, csp, frame)
		}
	}
}

func TestHeadersRefused(t *testing.T) {
	for _, c := range []secure.HeadersConfig{
		{CSP: "default-src 'self'\r\nX-Evil: 1"}, {ReferrerPolicy: "\x00"}, {HSTSPreload: true}, {HSTSPreload: true, HSTSSubdomains: true, HSTS: time.Hour},
	} {
		if _, err := secure.NewHeaders(web.Func(hello), c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

func TestNonce(t *testing.T) {
	page := web.Func(func(r *web.Request) {
		n := secure.Nonce(r)
		if n != secure.Nonce(r) {
			t.Error("the nonce changes")
		}
		io.WriteString(r, n)
	})
	root, seen := headers(t, page, secure.HeadersConfig{}), make(map[string]bool)
	c := webtest.Connect(web.NewSite(root, web.Config{}), webtest.Config{})
	for range 3 {
		res := c.Do(webtest.Request{})
		if csp := res.Header.Get("Content-Security-Policy"); len(res.Body) < 22 || !strings.Contains(csp, "script-src 'self' 'nonce-"+res.Body+"';") || seen[res.Body] {
			t.Errorf("%q: %q", res.Body, csp)
		}
		seen[res.Body] = true
	}
	if res := webtest.Get(page, "/"); res.Body != "" {
		t.Errorf("without Headers: %q", res.Body)
	}
	late := web.Func(func(r *web.Request) {
		r.Flush()
		io.WriteString(r, "late"+secure.Nonce(r))
	})
	if res := webtest.Get(headers(t, late, secure.HeadersConfig{}), "/"); !strings.Contains(res.Body, "late") || len(res.Body) > len("late") {
		t.Errorf("after the head: %q", res.Body)
	}
}
