// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h2"
	"github.com/torsion-go/torsion/web/webtest"
)

var onlyH2 = web.Config{HTTP2: web.HTTP2{Only: true}, Logger: quiet}

// A port for HTTP/2 alone answers anything else with GOAWAY, from its first byte on, and closes.
func TestH2Only(t *testing.T) {
	p := newH2peer(t, hello, onlyH2)
	p.get(1, "/")
	p.run()
	if a := p.answer(1); a.body != "hello" {
		t.Errorf("got %v", a)
	}
	if got := p.site.AcceptableProtocols(); !slices.Equal(got, []string{"h2"}) {
		t.Errorf("ALPN %q", got)
	}
	for _, in := range []string{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "X", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "PRI / "} {
		tr, site := serve(t, hello, onlyH2)
		p := h2peerOn(t, tr, site)
		p.out = []byte(in)
		p.run()
		if !slices.Equal(p.goaway, []string{"0 PROTOCOL_ERROR no connection preface"}) || !tr.WriteClosed() && !tr.Disconnecting() {
			t.Errorf("%q: GOAWAY %q, %q", in, p.goaway, tr.Value())
		}
		if site.Stats().Refused != 1 {
			t.Errorf("%q: %+v", in, site.Stats())
		}
	}
}

// Over TLS it is ALPN that has to say so.
func TestH2OnlyWithoutALPN(t *testing.T) {
	for proto, want := range map[string]bool{"h2": true, "": false, "http/1.1": false} {
		c := webtest.Connect(web.NewSite(hello, onlyH2), webtest.Config{TLS: &tls.ConnectionState{NegotiatedProtocol: proto}})
		p := h2peerOn(t, c.Transport, nil)
		p.get(1, "/")
		p.run()
		if got := p.answer(1).body == "hello"; got != want {
			t.Errorf("ALPN %q: %v, GOAWAY %q", proto, p.answer(1), p.goaway)
		}
		if !want && (len(p.goaway) != 1 || !strings.Contains(p.goaway[0], h2.ProtocolError.String())) {
			t.Errorf("ALPN %q: GOAWAY %q", proto, p.goaway)
		}
	}
}

func TestH2OnlyAndDisabled(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("NewSite took it")
		}
	}()
	web.NewSite(hello, web.Config{HTTP2: web.HTTP2{Only: true, Disabled: true}})
}
