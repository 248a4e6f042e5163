// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/session"
	"github.com/torsion-go/torsion/web/webtest"
)

// passwords are users whose passwords are known at once.
type passwords map[string]string

func (p passwords) RequestAvatarID(loop protocol.Loop, c cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] {
	if want, ok := p[c.Username]; !ok || c.Password != want {
		return deferred.FailOn[cred.AvatarID](loop, cred.ErrUnauthorizedLogin)
	}
	return deferred.SucceedOn(loop, cred.AvatarID{Name: c.Username})
}

// A browser keeps cookies.
type browser struct {
	*webtest.Conn
	cookie string
}

func (b *browser) send(method, target, body string) *webtest.Response {
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if b.cookie != "" {
		h.Set("Cookie", b.cookie)
	}
	res := b.Do(webtest.Request{Method: method, Target: target, Header: h, Body: body})
	for _, c := range res.Cookies() {
		b.cookie = c.Name + "=" + c.Value
	}
	return res
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	root, err := newRoot(&board{dir: t.TempDir(), login: &login{passwords{"alice": "secret"}, session.New(session.Config{})}})
	if err != nil {
		t.Fatal(err)
	}
	return &browser{Conn: webtest.Connect(web.NewSite(root, web.Config{}), webtest.Config{})}
}

func TestLogin(t *testing.T) {
	b := newBrowser(t)
	if page := b.send("GET", "/", "").Body; !strings.Contains(page, `action="/login"`) || strings.Contains(page, `action="/notes"`) {
		t.Errorf("a stranger sees %s", page)
	}
	before := b.cookie
	if res := b.send("POST", "/notes", "text=Hello"); res.Status != 403 {
		t.Errorf("a stranger's note: got %d", res.Status)
	}
	for _, body := range []string{"name=alice&password=wrong", "name=mallory&password=secret", ""} {
		if res := b.send("POST", "/login", body); res.Status != 403 {
			t.Errorf("login with %q: got %d", body, res.Status)
		}
	}
	if res := b.send("POST", "/login", "name=alice&password=secret"); res.Status != 303 {
		t.Fatalf("login: got %d %s", res.Status, res.Body)
	}
	if b.cookie == before {
		t.Error("the session has the id that it had before the login")
	}
	after := b.cookie
	if page := b.send("GET", "/", "").Body; !strings.Contains(page, "You are <b>alice</b>") || !strings.Contains(page, `action="/notes"`) {
		t.Errorf("alice sees %s", page)
	}
	b.cookie = before
	if page := b.send("GET", "/", "").Body; strings.Contains(page, "alice") {
		t.Errorf("who knows the old id sees %s", page)
	}
	b.cookie = after
	b.send("POST", "/logout", "")
	b.cookie = after
	if res := b.send("POST", "/notes", "text=Hello"); res.Status != 403 {
		t.Errorf("a note after the logout: got %d", res.Status)
	}
}

func TestPost(t *testing.T) {
	b := newBrowser(t)
	b.send("POST", "/login", "name=alice&password=secret")
	if res := b.send("POST", "/notes", "text=Hello"); res.Status != 303 {
		t.Fatalf("got %d %s", res.Status, res.Body)
	}
	if page := b.send("GET", "/", "").Body; !strings.Contains(page, ">Hello</a> <i>alice</i>") {
		t.Errorf("got %s", page)
	}
}
