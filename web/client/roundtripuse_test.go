// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/web/client"
)

// What users of an http.Client expect of its Transport.

// stand is a server that does what its path says; what it is to wait for ends with release.
func stand(t *testing.T) (where string, release func()) {
	gate := make(chan struct{})
	var once sync.Once
	release = func() { once.Do(func() { close(gate) }) }
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s", r.Method, b)
	})
	mux.HandleFunc("/307", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		http.Redirect(w, r, "/echo", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/late", func(w http.ResponseWriter, r *http.Request) { <-gate })
	mux.HandleFunc("/half", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		<-gate
	})
	mux.HandleFunc("/trailer", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		io.Copy(w, r.Body)
		w.Header().Set("X-Sum", r.Trailer.Get("X-Up"))
	})
	mux.HandleFunc("/close", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Close) })
	mux.HandleFunc("/length", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Length", "1000") })
	s := httptest.NewServer(mux)
	t.Cleanup(func() {
		release()
		s.CloseClientConnections()
		s.Close()
	})
	return s.URL, release
}

func readAll(t *testing.T, res *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return string(b)
}

func TestRoundTripContext(t *testing.T) {
	where, _ := stand(t)
	c, _ := onReactor(t, client.Config{})
	cause := errors.New("enough")

	// Before the head.
	ctx, cancel := context.WithCancelCause(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "GET", where+"/late", nil)
	done := make(chan error)
	go func() {
		_, err := c.Do(req)
		done <- err
	}()
	cancel(cause)
	if err := <-done; !errors.Is(err, cause) {
		t.Errorf("before the head: %v", err)
	}

	// In the body.
	ctx, cancel = context.WithCancelCause(t.Context())
	req, _ = http.NewRequestWithContext(ctx, "GET", where+"/half", nil)
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4)
	if _, err := io.ReadFull(res.Body, b); err != nil || string(b) != "half" {
		t.Fatalf("%q, %v", b, err)
	}
	cancel(cause)
	if _, err := res.Body.Read(b); !errors.Is(err, cause) {
		t.Errorf("in the body: %v", err)
	}
	res.Body.Close()

	// After the end, the context does not matter any more.
	ctx, cancel = context.WithCancelCause(t.Context())
	req, _ = http.NewRequestWithContext(ctx, "GET", where+"/echo", nil)
	res, err = c.Do(req)
	if got := readAll(t, res, err); got != "GET " {
		t.Errorf("got %q", got)
	}
	cancel(cause)

	// Closed early.
	res, err = c.Get(where + "/half")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if _, err := res.Body.Read(b); !errors.Is(err, client.ErrBodyStopped) {
		t.Errorf("after Close: %v", err)
	}
	res, err = c.Get(where + "/echo")
	if got := readAll(t, res, err); got != "GET " {
		t.Errorf("got %q", got)
	}
}

func TestRoundTripDetails(t *testing.T) {
	where, _ := stand(t)
	c, _ := onReactor(t, client.Config{})

	// GetBody serves a redirect that keeps the method.
	res, err := c.Post(where+"/307", "text/plain", strings.NewReader("again"))
	if got := readAll(t, res, err); got != "POST again" {
		t.Errorf("got %q", got)
	}

	// Trailers go both ways.
	req, _ := http.NewRequest("POST", where+"/trailer", io.MultiReader(strings.NewReader("body")))
	req.Trailer = http.Header{"X-Up": {"7"}}
	res, err = c.Do(req)
	if got := readAll(t, res, err); got != "body" || res.Trailer.Get("X-Sum") != "7" {
		t.Errorf("%q, %v", got, res.Trailer)
	}

	// The body waits for 100 Continue.
	req, _ = http.NewRequest("PUT", where+"/echo", strings.NewReader("expected"))
	req.Header.Set("Expect", "100-continue")
	res, err = c.Do(req)
	if got := readAll(t, res, err); got != "PUT expected" {
		t.Errorf("got %q", got)
	}

	req, _ = http.NewRequest("GET", where+"/close", nil)
	req.Close = true
	res, err = c.Do(req)
	if got := readAll(t, res, err); got != "true" || !res.Close {
		t.Errorf("%q, %v", got, res.Close)
	}

	res, err = c.Head(where + "/length")
	if got := readAll(t, res, err); got != "" || res.ContentLength != 1000 {
		t.Errorf("%q, %d", got, res.ContentLength)
	}
}

// Many goroutines share an Agent, each with bodies of its own, some of which are left early.
func TestRoundTripFromManyGoroutines(t *testing.T) {
	where, _ := stand(t)
	c, _ := onReactor(t, client.Config{Pool: client.PoolLimits{PerHost: 16}, Timeouts: client.Timeouts{Wait: -1}})
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			for j := range 3 {
				want := strings.Repeat(fmt.Sprint(i), 1+j*1000)
				res, err := c.Post(where+"/echo", "text/plain", strings.NewReader(want))
				if err != nil {
					t.Error(err)
					return
				}
				if j == 1 {
					res.Body.Close()
					continue
				}
				b, err := io.ReadAll(res.Body)
				if err != nil || string(b) != "POST "+want {
					t.Errorf("%d bytes, %v", len(b), err)
				}
				res.Body.Close()
			}
		})
	}
	all.Wait()
}
