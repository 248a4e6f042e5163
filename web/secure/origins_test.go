// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package secure_test

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/secure"
	"github.com/torsion-go/torsion/web/webtest"
)

// Class 28: what another site has a browser send is refused, a WebSocket's handshake too.
func TestOriginsClass28(t *testing.T) {
	origins, err := secure.NewOrigins(web.Func(hello), secure.OriginsConfig{
		Trusted: []string{"https://friend.example", "http://dev.example:8080"}, Bypass: []string{"POST /hooks/", "/open"}, Logger: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	const ws = "Connection: Upgrade; Upgrade: websocket; "
	refused := int64(0)
	for _, tt := range []struct {
		request, fields string
		want            int
	}{
		{"POST /", "", 200}, // curl, a program
		{"POST /", "Sec-Fetch-Site: same-origin", 200},
		{"POST /", "Sec-Fetch-Site: none", 200}, // typed by the user
		{"POST /", "Sec-Fetch-Site: cross-site", 403},
		{"POST /", "Sec-Fetch-Site: same-site", 403},
		{"POST /", "Sec-Fetch-Site: SAME-ORIGIN", 403},
		{"POST /", "Sec-Fetch-Site: cross-site; Origin: https://example.com", 403},
		{"POST /", "Sec-Fetch-Site: cross-site; Origin: https://friend.example", 200},
		{"POST /", "Sec-Fetch-Site: cross-site; Origin: https://FRIEND.example", 200},
		{"POST /", "Sec-Fetch-Site: cross-site; Origin: http://friend.example", 403},
		{"POST /", "Sec-Fetch-Site: cross-site; Origin: https://friend.example.evil.example", 403},
		{"POST /", "Sec-Fetch-Site: same-origin; Sec-Fetch-Site: cross-site", 403},
		{"POST /", "Origin: https://example.com; Origin: https://evil.example", 403},
		{"POST /", "Origin: https://example.com", 200}, // an older browser
		{"POST /", "Origin: https://example.com:443", 200},
		{"POST /", "Origin: https://EXAMPLE.com", 200},
		{"POST /", "Origin: https://example.com:8443", 403},
		{"POST /", "Origin: https://evil.example", 403},
		{"POST /", "Origin: https://evil.example/example.com", 403},
		{"POST /", "Origin: null", 403},
		{"POST /", "Origin: http://dev.example:8080", 200},
		{"PUT /", "Origin: https://evil.example", 403},
		{"DELETE /", "Origin: https://evil.example", 403},
		{"FOO /", "Origin: https://evil.example", 403},
		{"GET /", "Sec-Fetch-Site: cross-site; Origin: https://evil.example", 200},
		{"OPTIONS /", "Origin: https://evil.example", 200},
		{"GET /", ws + "Origin: https://evil.example", 403},
		{"GET /", ws + "Sec-Fetch-Site: cross-site", 403},
		{"GET /", ws + "Origin: https://example.com", 200},
		{"GET /", ws, 200},
		{"POST /hooks/a", "Origin: https://evil.example", 200},
		{"PUT /hooks/a", "Origin: https://evil.example", 403},
		{"POST /hooks", "Origin: https://evil.example", 403}, // would be redirected
		{"POST /x/../hooks/a", "Origin: https://evil.example", 403},
		{"POST /x/%2e%2e/hooks/a", "Origin: https://evil.example", 403},
		{"POST /open", "Sec-Fetch-Site: cross-site", 200},
		{"POST /open/", "Sec-Fetch-Site: cross-site", 403},
	} {
		var fields strings.Builder
		for f := range strings.SplitSeq(tt.fields, "; ") {
			if f != "" {
				fields.WriteString(f + "\r\n")
			}
		}
		c := webtest.Connect(web.NewSite(origins, web.Config{Logger: quiet}), webtest.Config{})
		method, _, _ := strings.Cut(tt.request, " ")
		length := ""
		if method != "GET" {
			length = "Content-Length: 0\r\n"
		}
		res := c.Raw(tt.request + " HTTP/1.1\r\nHost: example.com\r\n" + length + fields.String() + "\r\n")
		if res.Status != tt.want {
			t.Errorf("%s, %s: %d, want %d", tt.request, tt.fields, res.Status, tt.want)
		}
		if tt.want == 403 {
			refused++
		}
	}
	if n := origins.Refused(); n != refused {
		t.Errorf("counted %d, want %d", n, refused)
	}
}

// A page in plain text is another origin than the same host's over TLS; and neither a missing host nor "null" are an origin.
func TestOriginsSchemeAndHost(t *testing.T) {
	origins, err := secure.NewOrigins(web.Func(hello), secure.OriginsConfig{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	site := web.NewSite(origins, web.Config{Logger: quiet, Proxies: web.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}}})
	for _, tt := range []struct {
		name string
		tls  bool
		req  webtest.Request
		want int
	}{
		{"plain over TLS", true, webtest.Request{Header: http.Header{"Origin": {"http://example.com"}}}, 403},
		{"TLS", true, webtest.Request{Header: http.Header{"Origin": {"https://example.com"}}}, 200},
		{"address", true, webtest.Request{Host: "[::1]:443", Header: http.Header{"Origin": {"https://[::1]"}}}, 200},
		{"front", false, webtest.Request{Header: http.Header{"Origin": {"https://www.example"}, "X-Forwarded-Host": {"www.example"}, "X-Forwarded-For": {"1.2.3.4"}}}, 200},
		{"inside", false, webtest.Request{Header: http.Header{"Origin": {"https://example.com"}, "X-Forwarded-Host": {"www.example"}, "X-Forwarded-For": {"1.2.3.4"}}}, 403},
	} {
		c := webtest.Config{}
		if tt.tls {
			c.TLS = &tls.ConnectionState{}
		}
		tt.req.Method = "POST"
		if res := webtest.Connect(site, c).Do(tt.req); res.Status != tt.want {
			t.Errorf("%s: %d", tt.name, res.Status)
		}
	}
	if res := webtest.Connect(site, webtest.Config{}).Raw("POST / HTTP/1.0\r\nOrigin: null\r\nContent-Length: 0\r\n\r\n"); res.Status != 403 {
		t.Errorf("without a host: %d", res.Status)
	}
}

func TestOriginsDenied(t *testing.T) {
	var log bytes.Buffer
	origins, err := secure.NewOrigins(web.Func(hello), secure.OriginsConfig{
		Denied: web.Func(func(r *web.Request) { r.SetStatus(418) }), Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	c := webtest.Connect(web.NewSite(origins, web.Config{Logger: quiet}), webtest.Config{})
	evil := webtest.Request{Method: "POST", Header: http.Header{"Origin": {"https://evil.example"}}}
	for range 3 {
		if res := c.Do(evil); res.Status != 418 {
			t.Errorf("status %d", res.Status)
		}
	}
	c.Advance(2e9)
	c.Do(evil)
	if n, all := strings.Count(log.String(), "cross-origin request refused"), log.String(); n != 2 || !strings.Contains(all, "omitted=2") || !strings.Contains(all, "origin=https://evil.example") {
		t.Errorf("%d lines: %s", n, all)
	}
}

func TestOriginsRefused(t *testing.T) {
	for _, c := range []secure.OriginsConfig{
		{Trusted: []string{"friend.example"}}, {Trusted: []string{"https://friend.example/"}}, {Trusted: []string{"https://a@friend.example"}}, {Trusted: []string{"%"}}, {Trusted: []string{"null"}},
		{Bypass: []string{"POST"}}, {Bypass: []string{"/a/{"}}, {Bypass: []string{"/a", "/a"}},
	} {
		if _, err := secure.NewOrigins(web.Func(hello), c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}
