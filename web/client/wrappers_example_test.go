// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"fmt"
	"io"
	"log"
	"net/url"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/compress"
	"github.com/torsion-go/torsion/web/cookiejar"
)

// exampleAgent returns an Agent whose network is a server in memory, and its loop.
func exampleAgent(root web.Resource) (*client.Agent, *protocoltest.Clock) {
	loop := protocoltest.NewClock()
	network := new(endpoint.MemoryNetwork)
	(&endpoint.MemoryServer{Loop: loop, Name: "server", Network: network}).Listen(web.NewSite(root, web.Config{}))
	a, err := client.New(loop, client.Config{Endpoint: func(loop protocol.Loop, _ *url.URL) (endpoint.Client, error) {
		return &endpoint.MemoryClient{Loop: loop, Name: "server", Network: network}, nil
	}})
	if err != nil {
		log.Fatal(err)
	}
	return a, loop
}

// show prints what the response to a GET says.
func show(d client.Doer, u string) *deferred.Deferred[struct{}] {
	target, err := url.Parse(u)
	if err != nil {
		log.Fatal(err)
	}
	return deferred.ThenD(d.Do(&client.Request{URL: target}), func(resp *client.Response) *deferred.Deferred[struct{}] {
		return deferred.Then(resp.ReadBody(0), func(body []byte) (struct{}, error) {
			fmt.Println(resp.Status, resp.Request.URL, string(body))
			return struct{}{}, nil
		})
	}).AddErrback(func(err error) (struct{}, error) {
		fmt.Println(err)
		return struct{}{}, nil
	})
}

func ExampleRedirectAgent() {
	agent, loop := exampleAgent(web.Func(func(r *web.Request) {
		switch r.Path {
		case "/old":
			r.Redirect(301, "/new")
		case "/round":
			r.Redirect(302, "/round")
		default:
			io.WriteString(r, "Here it is.")
		}
	}))
	d := client.NewRedirectAgent(agent, client.RedirectConfig{})
	show(d, "http://example.com/old")
	settle(loop)
	show(d, "http://example.com/round")
	settle(loop)
	// Output:
	// 200 http://example.com/new Here it is.
	// client: GET http://example.com/round: response: status 302: the redirects go round in a circle
}

func ExampleCookieAgent() {
	agent, loop := exampleAgent(web.Func(func(r *web.Request) {
		seen, _ := r.Cookie("seen")
		r.ResponseHeader().Set("Set-Cookie", "seen=before; Max-Age=3600")
		fmt.Fprintf(r, "seen %q", seen)
	}))
	jar := cookiejar.New(cookiejar.Config{})
	d := client.NewCookieAgent(agent, jar)
	for range 2 {
		show(d, "http://example.com/")
		settle(loop)
	}
	for c := range jar.All() {
		fmt.Println(c.Domain, c.Path, c.Name, c.Value)
	}
	// Output:
	// 200 http://example.com/ seen ""
	// 200 http://example.com/ seen "before"
	// example.com / seen before
}

func ExampleDecoderAgent() {
	agent, loop := exampleAgent(compress.New(web.Func(func(r *web.Request) {
		fmt.Fprintf(r, "You accept %s.", r.Header.Get("Accept-Encoding"))
	}), compress.Config{MinSize: -1}))
	show(client.NewDecoderAgent(agent, client.DecoderConfig{}), "http://example.com/")
	settle(loop)
	// Output:
	// 200 http://example.com/ You accept zstd, br, gzip, deflate.
}

func ExampleRetryAgent() {
	busy := 0
	agent, loop := exampleAgent(web.Func(func(r *web.Request) {
		if busy++; busy < 3 {
			r.ResponseHeader().Set("Retry-After", "5")
			r.Error(503, "")
			return
		}
		io.WriteString(r, "Welcome.")
	}))
	d := client.NewRetryAgent(agent, client.RetryConfig{Policy: func(a client.RetryAttempt) bool {
		fmt.Println("attempt", a.Number, "got", a.Response.Status)
		return a.Retry
	}})
	show(d, "http://example.com/")
	for range 3 {
		settle(loop)
		loop.Advance(6 * time.Second)
	}
	// Output:
	// attempt 1 got 503
	// attempt 2 got 503
	// 200 http://example.com/ Welcome.
}
