// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/cookiejar"
	"github.com/torsion-go/torsion/web/fetch"
	"github.com/torsion-go/torsion/web/webtest"
)

// The time to wait is the server's, and is waited for.
func TestRetryAfter(t *testing.T) {
	stub := webtest.NewStub(
		webtest.Answer{Status: 503, Times: 1, Header: http.Header{"Retry-After": {"7"}}},
		webtest.Answer{Status: 429, Times: 1, Header: http.Header{"Retry-After": {protocoltest.Epoch.Add(30 * time.Second).Format(http.TimeFormat)}, "Date": {protocoltest.Epoch.Format(http.TimeFormat)}}},
		webtest.Answer{Body: "in"},
	)
	c, clock := over(t, stub, fetch.Config{Base: "http://a.example", Retry: client.RetryConfig{Random: func() float64 { return 0 }}})
	d := text(c.Get("/", nil))
	for i, wait := range []time.Duration{7 * time.Second, 30 * time.Second} {
		for _, part := range []time.Duration{wait - 1, 1} {
			if _, err := webtest.Result(clock, d); err != webtest.ErrPending || len(stub.Asked()) != i+1 {
				t.Fatalf("%v, asked %d times", err, len(stub.Asked()))
			}
			clock.Advance(part)
		}
	}
	if got, err := webtest.Result(clock, d); got != "in" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	// A POST may have had its effect.
	stub = webtest.NewStub(webtest.Answer{Status: 503})
	c, clock = over(t, stub, fetch.Config{Base: "http://a.example"})
	if res, err := webtest.Result(clock, c.Post("/", nil)); err != nil || res.Status != 503 || len(stub.Asked()) != 1 {
		t.Errorf("%v, asked %d times", err, len(stub.Asked()))
	}
}

// Cookies come back, to where they belong, whatever redirects there were on the way.
func TestJar(t *testing.T) {
	stub := webtest.NewStub(
		webtest.Answer{URL: "http://a.example/login", Status: 303, Header: http.Header{"Set-Cookie": {"session=1; Path=/", "deep=2; Path=/deep"}, "Location": {"/deep/home"}}},
		webtest.Answer{},
	)
	c, clock := over(t, stub, fetch.Config{Jar: cookiejar.New(cookiejar.Config{})})
	for _, u := range []string{"http://a.example/login", "http://a.example/", "http://b.example/"} {
		if _, err := webtest.Result(clock, c.Post(u, nil)); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, a := range stub.Asked() {
		got = append(got, a.URL+" "+a.Header.Get("Cookie"))
	}
	if want := []string{"http://a.example/login ", "http://a.example/deep/home deep=2; session=1", "http://a.example/ session=1", "http://b.example/ "}; !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// A network is what Clients of New connect to.
type network struct {
	endpoint.MemoryNetwork
	hosts []string // that were asked for
}

// config returns one that knows no other servers than root.
func (n *network) config(loop protocol.Loop, root web.Resource) client.Config {
	(&endpoint.MemoryServer{Loop: loop, Name: "server", Network: &n.MemoryNetwork}).Listen(web.NewSite(root, web.Config{}))
	return client.Config{Endpoint: func(on protocol.Loop, u *url.URL) (endpoint.Client, error) {
		n.hosts = append(n.hosts, u.Host)
		return &endpoint.MemoryClient{Loop: on, Name: "server", Network: &n.MemoryNetwork}, nil
	}}
}

var shows = web.LeafFunc(func(r *web.Request) { fmt.Fprint(r, r.URI) })

func TestNew(t *testing.T) {
	for name := range map[string]bool{"HTTP_PROXY": true, "HTTPS_PROXY": true, "ALL_PROXY": true, "NO_PROXY": true, "REQUEST_METHOD": true} {
		t.Setenv(name, "")
		t.Setenv(lower(name), "")
	}
	t.Setenv("http_proxy", "http://proxy.example:3128")
	own := func(*url.URL) (*url.URL, error) { return url.Parse("http://own.example:1") }
	for _, tt := range []struct {
		cfg       fetch.Config
		host, uri string
	}{
		{fetch.Config{}, "proxy.example:3128", "http://a.example/x"},
		{fetch.Config{NoEnvironment: true}, "a.example", "/x"},
		{fetch.Config{Agent: client.Config{Proxy: own}}, "own.example:1", "http://a.example/x"},
	} {
		clock, n := protocoltest.NewClock(), new(network)
		proxy := tt.cfg.Agent.Proxy
		tt.cfg.Agent = n.config(clock, shows)
		tt.cfg.Agent.Proxy = proxy
		c, err := fetch.New(clock, tt.cfg)
		if err != nil {
			t.Fatal(err)
		}
		got, err := webtest.Result(clock, text(c.Get("http://a.example/x", nil)))
		if got != tt.uri || err != nil || len(n.hosts) != 1 || n.hosts[0] != tt.host {
			t.Errorf("%q of %q, %v; want %q of %q", got, n.hosts, err, tt.uri, tt.host)
		}
		if _, err := webtest.Result(clock, c.Close()); err != nil {
			t.Error(err)
		}
	}
	for _, cfg := range []fetch.Config{{Base: "x"}, {Agent: client.Config{UserAgent: "a\n"}}} {
		if _, err := fetch.New(protocoltest.NewClock(), cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
}

func lower(name string) string {
	b := []byte(name)
	for i, c := range b {
		if c != '_' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// The Clients of several loops have connections of their own, and share cookies and the end.
func TestOn(t *testing.T) {
	one, two, n := protocoltest.NewClock(), protocoltest.NewClock(), new(network)
	c, err := fetch.New(one, fetch.Config{NoEnvironment: true, Base: "http://a.example", Jar: cookiejar.New(cookiejar.Config{}), Agent: n.config(one, web.LeafFunc(func(r *web.Request) {
		v, _ := r.Cookie("seen")
		r.ResponseHeader().Set("Set-Cookie", "seen=yes")
		fmt.Fprint(r, v)
	}))})
	if err != nil {
		t.Fatal(err)
	}
	other := c.On(two)
	if other == c || other != c.On(two) || c != other.On(one) || other.Loop() != protocol.Loop(two) {
		t.Error("On leads elsewhere")
	}
	if got, err := webtest.Result(one, text(c.Get("/", nil))); got != "" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	d := text(other.Get("/", nil))
	for range 20 { // the server is on the first loop
		two.Advance(0)
		two.Settle()
		one.Advance(0)
		one.Settle()
	}
	if got, err := webtest.Result(two, d); got != "yes" || err != nil || len(n.hosts) != 2 {
		t.Errorf("%q, %v, %d connections", got, err, len(n.hosts))
	}
	closed := c.Close()
	for range 20 {
		two.Settle()
		one.Settle()
	}
	if _, err := webtest.Result(one, closed); err != nil {
		t.Error(err)
	}
	for clock, c := range map[*protocoltest.Clock]*fetch.Client{one: c, two: other} {
		if _, err := webtest.Result(clock, c.Get("/", nil)); !errors.Is(err, client.ErrClosed) {
			t.Error(err)
		}
	}
	// One over something else has one loop, and closes nothing.
	c, clock := over(t, webtest.NewStub(webtest.Answer{}), fetch.Config{})
	if _, err := webtest.Result(clock, c.Close()); err != nil {
		t.Error(err)
	}
	if _, err := webtest.Result(clock, c.Get("http://a.example/", nil)); err != nil {
		t.Error(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("On of another loop is taken")
		}
	}()
	c.On(one)
}
