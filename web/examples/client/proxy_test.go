// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/proxy"
)

// through sends everything through one proxy: of HTTP, or of SOCKS, as Tor is (socks5://127.0.0.1:9050).
func through(p *url.URL) client.Config {
	return client.Config{Proxy: func(u *url.URL) (*url.URL, error) { return p, nil }}
}

// asCurl goes through the proxies that HTTP_PROXY and its kin name.
var asCurl = client.Config{Proxy: client.ProxyFromEnvironment()}

// This machine is reached directly, whatever the environment says.
func TestEnvironment(t *testing.T) {
	if p, err := asCurl.Proxy(&url.URL{Scheme: "http", Host: "localhost:8080"}); p != nil || err != nil {
		t.Errorf("got %v, %v", p, err)
	}
}

func Example_proxy() {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "through a tunnel") }))
	defer s.Close()
	origin, err := url.Parse(s.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	relay := func(port string) web.Resource {
		var n int
		fmt.Sscan(port, &n)
		forward, err := proxy.NewForward(proxy.ForwardConfig{ConnectPorts: []int{n}})
		if err != nil {
			panic(err)
		}
		return forward
	}
	for _, port := range []string{origin.Port(), "443"} {
		r, err := reactor.New(reactor.Config{})
		if err != nil {
			fmt.Println(err)
			return
		}
		listener, err := endpoint.ListenString(r, "tcp:0:interface=127.0.0.1", web.NewSite(relay(port), web.Config{}))
		if err != nil {
			fmt.Println(err)
			return
		}
		cfg := through(&url.URL{Scheme: "http", User: url.UserPassword("ann", "secret"), Host: listener.Addr().String()})
		cfg.TLS = inside(s.Certificate(), s.TLS.Certificates[0]).TLS
		agent, err := client.New(r, cfg)
		if err != nil {
			fmt.Println(err)
			return
		}
		ended := make(chan error, 1) // one end
		go func() { ended <- r.Run(context.Background()) }()
		text, err := deferred.BlockingCallFromThread(context.Background(), r, func() *deferred.Deferred[string] { return get(agent, s.URL) })
		var refused *client.ProxyError
		if errors.As(err, &refused) {
			text = fmt.Sprint("the proxy refuses: ", refused.Status)
		}
		fmt.Println(text)
		r.CallFromThread(func() { r.Stop() })
		if err := <-ended; err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// through a tunnel
	// the proxy refuses: 403
}
