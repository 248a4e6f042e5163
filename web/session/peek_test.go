// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package session_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/session"
	"github.com/torsion-go/torsion/web/webtest"
)

// peeking shows what is there without making a session, except at /get.
func peeking(m *session.Manager) web.Resource {
	return m.Wrap(web.LeafFunc(func(r *web.Request) {
		switch r.Path {
		case "/get":
			s := m.Peek(r)
			made := m.Get(r)
			if s != nil && s != made || m.Peek(r) != made {
				fmt.Fprint(r, "Peek and Get differ ")
			}
			visits.Set(made, 7)
		case "/expire":
			m.Get(r).Expire(r)
			if m.Peek(r) != nil {
				fmt.Fprint(r, "there after Expire ")
			}
		case "/expire-and-get":
			m.Get(r).Expire(r)
			s := m.Get(r)
			n, ok := visits.Get(s)
			fmt.Fprint(r, n, ok, s.IsNew())
			return
		}
		n, ok := visits.Get(m.Peek(r))
		fmt.Fprint(r, n, ok)
	}))
}

func TestPeek(t *testing.T) {
	each(t, func(t *testing.T, config session.Config) {
		m := session.New(config)
		c := newClient(peeking(m), webtest.Config{})
		for range 3 {
			res := c.get("/")
			if res.Body != "0 false" || len(res.Cookies()) != 0 || m.Len() != 0 {
				t.Fatalf("a look: got %q, %v, %d sessions", res.Body, res.Cookies(), m.Len())
			}
			if res.Header.Get("Vary") != "Cookie" {
				t.Error("a cache may give the page to others")
			}
		}
		if got := c.get("/get").Body; got != "7 true" {
			t.Errorf("made: %q", got)
		}
		for range 3 { // a look is a use
			if c.Advance(14 * time.Minute); c.get("/").Body != "7 true" {
				t.Fatal("the session has ended though it was used")
			}
		}
		if c.Advance(16 * time.Minute); c.get("/").Body != "0 false" {
			t.Error("a session that has expired is seen")
		}
		c.get("/get")
		if got := c.get("/expire").Body; got != "0 false" {
			t.Errorf("expired: %q", got)
		}
	})
}

// What Expire has ended does not come back within the request, by the cookie that it came with.
func TestGetAfterExpire(t *testing.T) {
	each(t, func(t *testing.T, config session.Config) {
		c := newClient(peeking(session.New(config)), webtest.Config{})
		c.get("/get")
		if got := c.get("/expire-and-get").Body; got != "0 false true" {
			t.Errorf("got %q", got)
		}
		if got := c.get("/").Body; got != "0 false" {
			t.Errorf("then %q", got)
		}
	})
}

func TestPeekWithoutWrap(t *testing.T) {
	m := session.New(session.Config{Store: files(t)})
	c := newClient(web.LeafFunc(func(r *web.Request) { m.Peek(r) }), webtest.Config{})
	if res := c.get("/"); res.Status != 500 {
		t.Errorf("got %d", res.Status)
	}
}
