// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
)

func TestGet(t *testing.T) {
	a, clock := inMemory(t, serve(func(r *web.Request) {
		r.Header.Set("X-Method", r.Method)
		r.Write([]byte("hello " + r.URL()))
	}), client.Config{})
	for range 2 {
		var got string
		a.Do(&client.Request{URL: parse(t, "http://example.org/a?b=c")}).Done(func(r *client.Response, err error) {
			if err != nil {
				t.Error(err)
				return
			}
			r.ReadBody(0).Done(func(b []byte, err error) { got = string(b) })
		})
		settle(clock)
		if got != "hello http://example.org/a?b=c" {
			t.Errorf("got %q", got)
		}
	}
	if s := a.Stats(); s.Dials != 1 || s.Idle != 1 || s.Requests != 2 || s.Failed != 0 {
		t.Errorf("%+v", s)
	}
}

func TestBodies(t *testing.T) {
	a, clock := inMemory(t, serve(func(r *web.Request) {
		r.ReadBody(func(b []byte, err error) {
			if err != nil {
				t.Error(err)
			}
			r.Write(b)
			r.Finish()
		})
		r.NotDoneYet()
	}), client.Config{})
	big := strings.Repeat("0123456789", 50000)
	for _, tt := range []struct {
		body   client.Body
		expect bool
		want   string
	}{
		{nil, false, ""}, {client.String(""), false, ""}, {client.String("abc"), false, "abc"}, {client.String(big), false, big}, {client.String(big), true, big},
	} {
		var got []byte
		res := deferred.ThenD(a.Do(&client.Request{Method: "POST", URL: parse(t, "http://example.org/"), Body: tt.body, Expect: tt.expect}), func(r *client.Response) *deferred.Deferred[[]byte] {
			return r.ReadBody(0)
		})
		res.Done(func(b []byte, err error) {
			if err != nil {
				t.Error(err)
			}
			got = b
		})
		settle(clock)
		if string(got) != tt.want {
			t.Errorf("expect %v: got %d bytes in place of %d, %+v", tt.expect, len(got), len(tt.want), a.Stats())
		}
	}
}
