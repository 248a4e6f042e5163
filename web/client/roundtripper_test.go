// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web/client"
)

// onReactor returns an http.Client that works by an Agent on a reactor of its own.
func onReactor(t testing.TB, cfg client.Config) (*http.Client, *client.Agent) {
	t.Helper()
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- r.Run(context.Background()) }()
	t.Cleanup(func() {
		r.CallFromThread(func() { r.Stop() })
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	a, err := client.New(r, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: a.RoundTripper()}, a
}

func TestRoundTrip(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Seen", r.Method+" "+r.UserAgent())
		w.Write(body)
	}))
	defer s.Close()
	c, _ := onReactor(t, client.Config{})
	big := strings.Repeat("0123456789", 100000)
	for _, want := range []string{"", "hello", big} {
		res, err := c.Post(s.URL, "text/plain", strings.NewReader(want))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		if err != nil || string(got) != want || res.Header.Get("X-Seen") != "POST Torsion" {
			t.Errorf("%d bytes, %v, %v", len(got), err, res.Header)
		}
		res.Body.Close()
	}
}
