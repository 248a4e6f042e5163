// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package webtest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/webtest"
)

func target(t testing.TB, s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// get returns the body of what is at u.
func get(t testing.TB, a client.Doer, u string) *deferred.Deferred[string] {
	return deferred.ThenD(a.Do(&client.Request{URL: target(t, u)}), func(r *client.Response) *deferred.Deferred[string] {
		return deferred.Then(r.ReadBody(0), func(b []byte) (string, error) { return fmt.Sprint(r.Status, " ", string(b)), nil })
	})
}

func TestAgent(t *testing.T) {
	site := web.NewSite(web.Func(func(r *web.Request) { fmt.Fprintf(r, "%s %s %v", r.Proto, r.URL(), r.TLS() != nil) }), web.Config{})
	for _, tt := range []struct {
		http2 client.HTTP2
		url   string
		want  string
	}{
		{client.HTTP2Auto, "http://one.example/a?b", "200 HTTP/1.1 http://one.example/a?b false"},
		{client.HTTP2Auto, "http://two.example:8080/", "200 HTTP/1.1 http://two.example:8080/ false"},
		{client.HTTP2PriorKnowledge, "http://one.example/", "200 HTTP/2.0 http://one.example/ false"},
		{client.HTTP2Auto, "https://one.example/", "200 HTTP/2.0 https://one.example/ true"},
		{client.HTTP2PriorKnowledge, "https://one.example/", "200 HTTP/2.0 https://one.example/ true"},
		{client.HTTP2Off, "https://one.example/", "200 HTTP/1.1 https://one.example/ true"},
		{client.HTTP2Off, "https://127.0.0.1/", "200 HTTP/1.1 https://127.0.0.1/ true"},
	} {
		clock := protocoltest.NewClock()
		a := webtest.NewAgent(clock, site, client.Config{HTTP2: tt.http2})
		for range 2 {
			if got, err := webtest.Result(clock, get(t, a, tt.url)); got != tt.want || err != nil {
				t.Errorf("%v %s: %q, %v", tt.http2, tt.url, got, err)
			}
		}
	}
}

func TestResultPending(t *testing.T) {
	clock := protocoltest.NewClock()
	a := webtest.NewAgent(clock, web.NewSite(web.Func(func(r *web.Request) {
		r.NotDoneYet()
		r.Loop().CallLater(time.Second, func() { r.Finish() })
	}), web.Config{}), client.Config{})
	d := get(t, a, "http://example.com/")
	if _, err := webtest.Result(clock, d); err != webtest.ErrPending {
		t.Error(err)
	}
	clock.Advance(time.Second)
	if got, err := webtest.Result(clock, d); got != "200 " || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestStub(t *testing.T) {
	stub := webtest.NewStub(
		webtest.Answer{URL: "/once", Times: 1, Body: "first"},
		webtest.Answer{URL: "/once", Body: "again"},
		webtest.Answer{Method: "POST", URL: "http://a.example/x?y=z", Status: 201, Header: http.Header{"X-A": {"1", "2"}}},
		webtest.Answer{URL: "/x", Body: "with any query"},
		webtest.Answer{URL: "/cut", Abort: true},
		webtest.Answer{URL: "/own", Render: func(r *web.Request) { fmt.Fprint(r, "own ", r.Method) }},
		webtest.Answer{URL: "/never"},
		webtest.Answer{URL: "/once", Times: 2},
	)
	clock := protocoltest.NewClock()
	a := webtest.NewAgent(clock, web.NewSite(stub, web.Config{}), client.Config{})
	do := func(method, u string, body client.Body) (string, error) {
		d := a.Do(&client.Request{Method: method, URL: target(t, u), Body: body})
		return webtest.Result(clock, deferred.ThenD(d, func(r *client.Response) *deferred.Deferred[string] {
			return deferred.Then(r.ReadBody(0), func(b []byte) (string, error) {
				return fmt.Sprintf("%d %s %q", r.Status, b, slices.Collect(r.Header.Values("X-A"))), nil
			})
		}))
	}
	for _, tt := range []struct{ method, url, want string }{
		{"GET", "http://a.example/once", "200 first []"},
		{"GET", "http://b.example/once", "200 again []"},
		{"GET", "http://b.example/once", "200 again []"},
		{"POST", "http://a.example/x?y=z", `201  ["1" "2"]`},
		{"GET", "http://a.example/x?y=z", "200 with any query []"},
		{"GET", "http://a.example/own", "200 own GET []"},
	} {
		var body client.Body
		if tt.method == "POST" {
			body = client.String("hello")
		}
		if got, err := do(tt.method, tt.url, body); got != tt.want || err != nil {
			t.Errorf("%s %s: %s, %v", tt.method, tt.url, got, err)
		}
	}
	if _, err := do("POST", "http://a.example/cut", client.String("")); !errors.Is(err, protocol.ErrConnectionLost) {
		t.Error(err)
	}
	if got, err := do("GET", "http://a.example/nothing", nil); got[:3] != "501" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if got := stub.Unexpected(); !slices.Equal(got, []string{"GET http://a.example/nothing"}) {
		t.Errorf("%q", got)
	}
	if got := stub.Unused(); !slices.Equal(got, []string{"* /never", "* /once"}) {
		t.Errorf("%q", got)
	}
	if asked := stub.Asked(); len(asked) != 8 || asked[3].Body != "hello" || asked[3].Method != "POST" || asked[3].URL != "http://a.example/x?y=z" || asked[3].Header.Get("Content-Length") != "5" {
		t.Errorf("%+v", asked)
	}
}

// A client under test, and a server that is a table.
func ExampleStub() {
	stub := webtest.NewStub(
		webtest.Answer{Method: "GET", URL: "http://weather.example/today", Body: "sunny"},
	)
	clock := protocoltest.NewClock()
	agent := webtest.NewAgent(clock, web.NewSite(stub, web.Config{}), client.Config{})

	u, _ := url.Parse("http://weather.example/today")
	res, err := webtest.Result(clock, agent.Do(&client.Request{URL: u}))
	if err != nil {
		fmt.Println(err)
		return
	}
	body, err := webtest.Result(clock, res.ReadBody(0))
	fmt.Println(res.Status, string(body), err)
	fmt.Println(stub.Asked()[0].Method, stub.Asked()[0].URL)
	// Output:
	// 200 sunny <nil>
	// GET http://weather.example/today
}
