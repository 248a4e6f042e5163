// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package peers_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/fetch"
	"github.com/torsion-go/torsion/web/internal/peers"
)

// A sender sends by one kind of client.
type sender func(t testing.TB, q *ask, u *url.URL) (*answer, error)

// senders are the Agent, an http.Client over it, and a fetch.Client over it, without its retries. They share its pools.
func senders(t *testing.T, r *reactor.Reactor, a *client.Agent) []sender {
	f, err := fetch.Over(a, fetch.Config{Retry: client.RetryConfig{Attempts: -1}})
	if err != nil {
		t.Fatal(err)
	}
	return []sender{byAgent(r, a), byHTTPClient(a), byFetch(r, f)}
}

// A streamed body is read by a goroutine. It can be read again, so that a request that a server has not looked at can be sent again.
type streamed struct {
	client.Body
	q *ask
}

// Rewind returns it from its start.
func (s streamed) Rewind() (client.Body, error) { return s.q.stream(), nil }

func (q *ask) stream() client.Body {
	length := int64(len(q.body))
	if q.chunked {
		length = -1
	}
	return streamed{client.Reader(bytes.NewReader(q.body), length), q}
}

// clientBody returns that of a request for our own clients.
func (q *ask) clientBody() client.Body {
	switch {
	case q.body == nil:
		return nil
	case q.chunked || q.kind == "large POST":
		return q.stream()
	}
	return client.Bytes(q.body)
}

func byAgent(r *reactor.Reactor, a *client.Agent) sender {
	return func(t testing.TB, q *ask, u *url.URL) (*answer, error) {
		req := &client.Request{Method: q.method, URL: u, Body: q.clientBody()}
		if q.name != "" {
			req.Header.Set(q.name, q.value)
		}
		return peers.Wait(t, r, func() *deferred.Deferred[*answer] { return collected(a.Do(req)) })
	}
}

func collected(d *deferred.Deferred[*client.Response]) *deferred.Deferred[*answer] {
	return deferred.ThenD(d, func(res *client.Response) *deferred.Deferred[*answer] {
		return deferred.Then(res.ReadBody(0), func(b []byte) (*answer, error) {
			return &answer{status: res.Status, proto: res.Proto, length: res.Length, header: res.Header.Get, body: b}, nil
		})
	})
}

func byHTTPClient(a *client.Agent) sender {
	c := &http.Client{Transport: a.RoundTripper()}
	return func(t testing.TB, q *ask, u *url.URL) (*answer, error) {
		var body io.Reader
		switch {
		case q.chunked:
			body = io.MultiReader(bytes.NewReader(q.body)) // whose length is not known
		case q.body != nil:
			body = bytes.NewReader(q.body)
		}
		req, err := http.NewRequestWithContext(t.Context(), q.method, u.String(), body)
		if err != nil {
			return nil, err
		}
		if q.chunked {
			req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(q.body)), nil }
		}
		if q.name != "" {
			req.Header.Set(q.name, q.value)
		}
		res, err := c.Do(req)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		return &answer{status: res.StatusCode, proto: res.Proto, length: res.ContentLength, header: res.Header.Get, body: b, follows: true}, err
	}
}

func byFetch(r *reactor.Reactor, f *fetch.Client) sender {
	return func(t testing.TB, q *ask, u *url.URL) (*answer, error) {
		o := &fetch.Options{Body: q.clientBody()}
		if q.name != "" && q.name != "Accept-Encoding" { // which is its own business
			o.Header.Set(q.name, q.value)
		}
		return peers.Wait(t, r, func() *deferred.Deferred[*answer] {
			return deferred.ThenD(f.Request(q.method, u.String(), o), func(res *fetch.Response) *deferred.Deferred[*answer] {
				return deferred.Then(res.Bytes(), func(b []byte) (*answer, error) {
					return &answer{status: res.Status, proto: res.Proto, length: res.Length, header: res.Header.Get, body: b, follows: true, decodes: true}, nil
				})
			})
		})
	}
}
