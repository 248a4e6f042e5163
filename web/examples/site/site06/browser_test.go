// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"net/http"
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
	site   *web.Site
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
	site := web.NewSite(root, web.Config{})
	return &browser{Conn: webtest.Connect(site, webtest.Config{}), site: site}
}
