// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/webtest"
)

// told is an AccessLog of somebody else's.
type told []string

func (l *told) LogAccess(a *web.Access) { *l = append(*l, a.Request.Path) }

// The lines of requests that arrived together leave in one write, for each of several logs.
func TestAccessLogs(t *testing.T) {
	var a, b writes
	var c told
	format := func(b []byte, a *web.Access) []byte {
		id, _ := web.RequestID.Get(a.Request)
		return append(web.AppendQuoted(append(web.AppendQuoted(b, a.URI), ' '), id), '\n')
	}
	root := web.LeafFunc(func(r *web.Request) {
		if r.Path == "/1" {
			web.RequestID.Set(r, "x\n")
		}
	})
	conn := webtest.Connect(web.NewSite(root, web.Config{AccessLog: web.AccessLogs(web.LineLog(&a, format), &c, web.CombinedLog(&b))}), webtest.Config{})
	conn.Raw("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2\" HTTP/1.1\r\nHost: a\r\n\r\n")
	if got, want := a.String(), "\"/1\" \"x\\x0a\"\n\"/2\\\"\" \"-\"\n"; got != want || a.n != 1 {
		t.Errorf("%q in %d writes, want %q", got, a.n, want)
	}
	if strings.Count(b.String(), "\n") != 2 || b.n != 1 || len(c) != 2 {
		t.Errorf("%q in %d writes, %q", b.String(), b.n, c)
	}
}

func TestFromProxy(t *testing.T) {
	trusted := web.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}}
	for _, tt := range []struct {
		proxies web.Proxies
		remote  protocol.Addr
		want    bool
	}{
		{trusted, protocol.Addr{}, true}, {web.Proxies{}, protocol.Addr{}, false}, {trusted, protocol.UNIXAddr("/run/x"), false}, {web.Proxies{Unix: true}, protocol.UNIXAddr("/run/x"), true},
		{web.Proxies{Unix: true}, protocol.Addr{}, false},
	} {
		got := false
		root := web.LeafFunc(func(r *web.Request) { got = r.FromProxy() })
		webtest.Connect(web.NewSite(root, web.Config{Proxies: tt.proxies}), webtest.Config{Remote: tt.remote}).Do(webtest.Request{Header: map[string][]string{"X-Forwarded-For": {"203.0.113.9"}}})
		if got != tt.want {
			t.Errorf("%+v, %v: %v", tt.proxies, tt.remote, got)
		}
	}
}
