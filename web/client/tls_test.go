// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/client"
)

// Class 31, CVE-2014-7143: an Agent speaks to the server that the URL names, vouched for by whom its policy trusts, directly and through a proxy, in both versions of HTTP; and sends nothing to another one.
func TestServersAreVerified(t *testing.T) {
	asked := make(chan string, 100)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked <- r.Proto + " " + r.Host }))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	trusted := client.TLSPolicy{Options: tlswrap.ClientOptions{Roots: roots}}
	var proxied atomic.Int32
	proxy := httptest.NewServer(tunnels(s.Listener.Addr().String(), &proxied))
	defer proxy.Close()
	isName := func(err error) bool { _, ok := errors.AsType[x509.HostnameError](err); return ok }
	isUnknown := func(err error) bool { _, ok := errors.AsType[x509.UnknownAuthorityError](err); return ok }
	for _, tt := range []struct {
		name, host string
		policy     client.TLSPolicy
		http2      client.HTTP2
		is         func(error) bool // nil for one that succeeds
	}{
		{"trusted", "example.com", trusted, client.HTTP2Off, nil},
		{"trusted, HTTP/2", "example.com", trusted, client.HTTP2Auto, nil},
		{"unknown authority", "example.com", client.TLSPolicy{}, client.HTTP2Off, isUnknown},
		{"unknown authority, HTTP/2", "example.com", client.TLSPolicy{}, client.HTTP2Auto, isUnknown},
		{"another name", "example.org", trusted, client.HTTP2Off, isName},
		{"another name, HTTP/2", "example.org", trusted, client.HTTP2Auto, isName},
		{"another name, prior knowledge", "example.org", trusted, client.HTTP2PriorKnowledge, isName},
		{"a configuration without a name", "example.com", client.TLSPolicy{Config: func(string) (*tls.Config, error) { return &tls.Config{RootCAs: roots}, nil }}, client.HTTP2Off, func(error) bool { return true }},
	} {
		for _, through := range []bool{false, true} {
			cfg := client.Config{TLS: tt.policy, HTTP2: tt.http2, Endpoint: func(loop protocol.Loop, u *url.URL) (endpoint.Client, error) {
				to := s.Listener.Addr().(*net.TCPAddr)
				if through {
					to = proxy.Listener.Addr().(*net.TCPAddr)
				}
				return &endpoint.TCPClient{Reactor: loop.(endpoint.Reactor), Host: to.IP.String(), Port: to.Port}, nil
			}}
			if through {
				cfg.Proxy = func(*url.URL) (*url.URL, error) { return url.Parse("http://example.com:3128") }
			}
			c, _ := onReactor(t, cfg)
			res, err := c.Get("https://" + tt.host + "/")
			if err == nil {
				res.Body.Close()
			}
			e, typed := errors.AsType[*client.Error](err)
			switch {
			case tt.is == nil && (err != nil || len(asked) != 1):
				t.Errorf("%s, %v: %v", tt.name, through, err)
			case tt.is != nil && (!typed || e.Phase > client.PhaseConnect || !tt.is(err) || len(asked) != 0):
				t.Errorf("%s, %v: %v, %d requests came", tt.name, through, err, len(asked))
			}
			for len(asked) > 0 {
				<-asked
			}
		}
	}
	if proxied.Load() == 0 {
		t.Error("nothing went through the proxy")
	}
}

// tunnels is a proxy whose tunnels all lead to one place.
func tunnels(to string, count *atomic.Int32) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		far, err := net.Dial("tcp", to)
		if err != nil || r.Method != "CONNECT" {
			w.WriteHeader(502)
			return
		}
		near, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			far.Close()
			return
		}
		count.Add(1)
		io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			io.Copy(far, near)
			far.Close()
		}()
		io.Copy(near, far)
		near.Close()
	})
}

// cancels is a Doer whose requests are given up by the time that they are answered.
type cancels struct {
	client.Doer
	cancel func()
}

func (c cancels) Do(r *client.Request) *deferred.Deferred[*client.Response] {
	return c.Doer.Do(r).AddCallback(func(res *client.Response) (*client.Response, error) {
		c.cancel()
		return res, nil
	})
}

// The context of a request may be over by the time that the response comes; its body ends then, however the two fall together.
func TestRoundTripContextIsOver(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 100000)) }))
	defer s.Close()
	_, a := onReactor(t, client.Config{})
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, "GET", s.URL, nil)
		res, err := client.NewRoundTripper(cancels{a, cancel}).RoundTrip(req)
		if err == nil {
			_, err = res.Body.Read(make([]byte, 1))
			for err == nil {
				_, err = res.Body.Read(make([]byte, 4096))
			}
			res.Body.Close()
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
}
