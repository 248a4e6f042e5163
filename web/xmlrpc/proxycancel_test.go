// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/webtest"
	"github.com/torsion-go/torsion/web/xmlrpc"
)

// A dead end is an endpoint that never connects.
type deadEnd struct {
	loop         protocol.Loop
	tried, given int // attempts, and those that were given up
}

func (e *deadEnd) Connect(protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	e.tried++
	return deferred.NewCancellable(e.loop, func(*deferred.Deferred[protocol.Protocol]) { e.given++ })
}

// proxyInto returns a Proxy that never connects.
func proxyInto(t *testing.T, e *deadEnd, config xmlrpc.ProxyConfig) (*xmlrpc.Proxy, *protocoltest.Clock) {
	t.Helper()
	clock := protocoltest.NewClock()
	e.loop = clock
	a, err := client.New(clock, client.Config{Endpoint: func(protocol.Loop, *url.URL) (endpoint.Client, error) { return e, nil }})
	if err != nil {
		t.Fatal(err)
	}
	p, err := xmlrpc.NewProxy(a, "http://u:hidden@a.example/", config)
	if err != nil {
		t.Fatal(err)
	}
	return p, clock
}

// ended checks that a call was given up in that phase.
func ended(t *testing.T, clock *protocoltest.Clock, d *deferred.Deferred[any], phase client.Phase, cause error) {
	t.Helper()
	v, err := webtest.Result(clock, d)
	e, ok := errors.AsType[*client.Error](err)
	if !ok || e.Phase != phase || !errors.Is(err, cause) || strings.Contains(err.Error(), "hidden") {
		t.Errorf("%v, %v", v, err)
	}
}

func TestProxyConnecting(t *testing.T) {
	e := &deadEnd{}
	p, clock := proxyInto(t, e, xmlrpc.ProxyConfig{})
	d := p.Call("x")
	if _, err := webtest.Result(clock, d); err != webtest.ErrPending || e.tried != 1 || e.given != 0 {
		t.Fatalf("%v, %+v", err, e)
	}
	d.Cancel()
	ended(t, clock, d, client.PhaseConnect, deferred.ErrCancelled)
	if e.tried != 1 || e.given != 1 {
		t.Errorf("%+v", e)
	}

	// And without anybody's word, at the limit.
	for _, tt := range []struct {
		given, limit time.Duration
	}{{0, 30 * time.Second}, {time.Minute, time.Minute}} {
		e := &deadEnd{}
		p, clock := proxyInto(t, e, xmlrpc.ProxyConfig{Timeouts: client.Timeouts{Connect: tt.given}})
		d := p.Call("x")
		webtest.Result(clock, d)
		clock.Advance(tt.limit - 1)
		if _, err := webtest.Result(clock, d); err != webtest.ErrPending {
			t.Error(err)
		}
		clock.Advance(1)
		ended(t, clock, d, client.PhaseConnect, os.ErrDeadlineExceeded)
		if e.given != 1 {
			t.Errorf("%+v", e)
		}
	}
}

// A call is cancelled while the server thinks, and while its answer comes. The server gets to know, and the next call is answered.
func TestProxyCancelled(t *testing.T) {
	for _, tt := range []struct {
		said  string
		phase client.Phase
	}{
		{"", client.PhaseWait},
		{"<methodResponse><params><param><value>", client.PhaseResponse},
		{"<methodResponse><params><param><value>x</value></param></params></methodResponse>", client.PhaseResponse}, // but the body has not ended
	} {
		for _, h2 := range []client.HTTP2{client.HTTP2Off, client.HTTP2PriorKnowledge} {
			asked, gone := 0, 0
			site := web.Func(func(r *web.Request) {
				r.ResponseHeader().Set("Content-Type", "text/xml")
				if asked++; asked > 1 {
					r.WriteString("<methodResponse><params><param><value>y</value></param></params></methodResponse>")
					return
				}
				r.NotDoneYet()
				r.NotifyEnd(func(err error) {
					if gone++; err == nil {
						t.Error("the server has answered")
					}
				})
				if tt.said != "" {
					r.WriteString(tt.said)
					r.Flush()
				}
			})
			clock := protocoltest.NewClock()
			p, err := xmlrpc.NewProxy(webtest.NewAgent(clock, web.NewSite(site, web.Config{}), client.Config{HTTP2: h2}), "http://u:hidden@a.example/", xmlrpc.ProxyConfig{})
			if err != nil {
				t.Fatal(err)
			}
			d := p.Call("x")
			if _, err := webtest.Result(clock, d); err != webtest.ErrPending || asked != 1 || gone != 0 {
				t.Fatalf("%v, asked %d times, gone %d", err, asked, gone)
			}
			d.Cancel()
			ended(t, clock, d, tt.phase, deferred.ErrCancelled)
			clock.Advance(time.Second) // the rest might have been short
			if v, err := webtest.Result(clock, p.Call("x")); v != "y" || err != nil || gone != 1 {
				t.Errorf("%v: %v, %v, gone %d", h2, v, err, gone)
			}
		}
	}
}

// Nothing is said to a server whose certificate is refused.
func TestProxyCertificate(t *testing.T) {
	stub := webtest.NewStub()
	clock := protocoltest.NewClock()
	a := webtest.NewAgent(clock, web.NewSite(stub, web.Config{}), client.Config{TLS: client.TLSPolicy{Config: func(host string) (*tls.Config, error) {
		return tlswrap.OptionsForClientTLS(host, tlswrap.ClientOptions{Roots: x509.NewCertPool()})
	}}})
	p, err := xmlrpc.NewProxy(a, "https://u:hidden@a.example/", xmlrpc.ProxyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = webtest.Result(clock, p.Call("x"))
	e, ok := errors.AsType[*client.Error](err)
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); !ok || !unknown || e.Phase != client.PhaseConnect || strings.Contains(err.Error(), "hidden") {
		t.Error(err)
	}
	if n := len(stub.Asked()); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

// What XML cannot hold is not sent.
func TestProxyNames(t *testing.T) {
	const answer = "<methodResponse><params><param><value>x</value></param></params></methodResponse>"
	for method, taken := range map[string]bool{
		"a.b:c/d": true, "ä😀": true, "a<b>&]]>": true, "a\tb": true,
		"": false, "a\x00": false, "\x1b[0m": false, "a\x7f\x08": false, "a\ufffe": false, "a\xff": false, "a\xed\xa0\x80": false,
	} {
		stub := webtest.NewStub(webtest.Answer{Body: answer})
		p, clock := proxyOf(t, stub, "http://a.example/", xmlrpc.ProxyConfig{})
		if v, err := webtest.Result(clock, p.Call(method)); (err == nil) != taken || taken && v != "x" || len(stub.Asked()) != map[bool]int{true: 1}[taken] {
			t.Errorf("%q: %v, %v, asked %d times", method, v, err, len(stub.Asked()))
		}
		if taken {
			continue
		}
		if _, err := webtest.Result(clock, p.Multicall(xmlrpc.MethodCall{Method: method})); method != "" && (err == nil || len(stub.Asked()) != 0) {
			t.Errorf("%q in a multicall: %v", method, err)
		}
	}
}
