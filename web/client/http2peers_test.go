// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web/client"
)

// Go's server chooses HTTP/2 by ALPN, unless a request is for HTTP/1.1; a connection that nobody uses any more is idle in either version.
func TestRequestHTTP1(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended below
	defer func() {
		r.CallFromThread(func() { r.Stop() })
		<-ended
	}()
	agent, err := client.New(r, client.Config{TLS: client.TLSPolicy{Config: func(string) (*tls.Config, error) { return &tls.Config{RootCAs: roots, ServerName: "example.com"}, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	for _, want := range []string{"HTTP/2.0", "HTTP/1.1", "HTTP/2.0"} {
		r.CallFromThread(func() {
			agent.Do(&client.Request{URL: parse(t, s.URL+"/"), HTTP1: want == "HTTP/1.1"}).Done(func(res *client.Response, err error) {
				if err != nil {
					got <- err.Error()
					return
				}
				res.ReadBody(100).Done(func(b []byte, err error) {
					r.CallLater(0, func() { got <- fmt.Sprint(string(b), res.Proto, err) })
				})
			})
		})
		if answer := <-got; answer != want+want+"<nil>" {
			t.Errorf("got %s, want %s", answer, want)
		}
	}
	stats := make(chan client.Stats, 1)
	r.CallFromThread(func() { stats <- agent.Stats() })
	if s := <-stats; s.Open != 2 || s.Idle != 2 || s.Dials != 2 {
		t.Errorf("%+v", s)
	}
	closed := make(chan error, 1)
	r.CallFromThread(func() { agent.Close().Done(func(_ struct{}, err error) { closed <- err }) })
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
