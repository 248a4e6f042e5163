// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/compress"
	"github.com/torsion-go/torsion/web/cookiejar"
)

var page = strings.Repeat("A page that is worth its compression. ", 2000)

// portal is a site with a login, a page that is compressed, and a server that is busy at first.
func portal() web.Resource {
	busy := 0
	return compress.New(web.Func(func(r *web.Request) {
		h := r.ResponseHeader()
		to := func(status int, target string) {
			h.Set("Location", target)
			r.SetStatus(status)
			io.WriteString(r, "This way.")
		}
		switch r.Path {
		case "/login":
			r.SetCookie(&http.Cookie{Name: "session", Value: "1", Path: "/", HttpOnly: true})
			to(303, "/page")
		case "/page":
			if v, _ := r.Cookie("session"); v != "1" {
				to(302, "/login")
				return
			}
			h.Set("Content-Type", "text/plain")
			io.WriteString(r, page)
		case "/busy":
			if busy++; busy < 3 {
				h.Set("Retry-After", "1")
				r.SetStatus(503)
				return
			}
			r.ReadBody(func(body []byte, err error) { fmt.Fprintf(r, "%s %s", r.Method, body) })
		case "/away":
			to(307, "http://elsewhere.example/show")
		case "/show":
			fmt.Fprint(r, r.Header.Get("Authorization"), r.Header.Get("Cookie"), r.Header.Get("Host"))
		case "/loop":
			to(301, "/loop")
		}
	}), compress.Config{})
}

// wrapped is an Agent with all that there is around it.
func wrapped(a client.Doer) client.Doer {
	return client.NewDecoderAgent(
		client.NewRedirectAgent(
			client.NewCookieAgent(
				client.NewRetryAgent(a, client.RetryConfig{}),
				cookiejar.New(cookiejar.Config{})),
			client.RedirectConfig{BrowserLike: true}),
		client.DecoderConfig{})
}

func TestWrappers(t *testing.T) {
	a, clock := inMemory(t, web.NewSite(portal(), web.Config{}), client.Config{})
	d := wrapped(a)
	get := func(r *client.Request) (got string, err error) {
		deferred.ThenD(d.Do(r), func(resp *client.Response) *deferred.Deferred[[]byte] {
			return resp.ReadBody(0)
		}).Done(func(b []byte, e error) { got, err = string(b), e })
		for range 3 {
			settle(clock)
			clock.Advance(2 * time.Second)
		}
		return got, err
	}
	for _, tt := range []struct {
		method, path string
		body         client.Body
		want         string
	}{
		{"POST", "/login", client.String("user=x"), page},
		{"GET", "/page", nil, page},
		{"PUT", "/busy", client.String("again"), "PUT again"},
		{"GET", "/away", nil, "elsewhere.example"},
	} {
		r := &client.Request{Method: tt.method, URL: parse(t, "http://portal.example"+tt.path), Body: tt.body}
		r.Header.Set("Authorization", "Basic secret")
		if got, err := get(r); got != tt.want || err != nil {
			t.Errorf("%s: got %.60q, %v", tt.path, got, err)
		}
	}
	_, err := get(&client.Request{URL: parse(t, "http://portal.example/loop")})
	if !errors.Is(err, client.ErrRedirectLoop) {
		t.Errorf("loop: %v", err)
	}
	// What was left of redirects has not cost connections: one for each host.
	if s := a.Stats(); s.Dials != 2 {
		t.Errorf("%+v", s)
	}
	a.Close()
	settle(clock)
}
