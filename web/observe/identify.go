// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package observe

import (
	"crypto/rand"
	"strings"

	"github.com/torsion-go/torsion/web"
)

// maxID bounds the name of a request that is taken from a proxy.
const maxID = 128

// A wrapper is a Leaf around another resource.
type wrapper struct {
	inner  web.Resource
	before func(r *web.Request)
}

// Render has the inner resource answer.
func (w *wrapper) Render(r *web.Request) {
	w.before(r)
	web.Dispatch(w.inner, r)
}

// IsLeaf returns true.
func (w *wrapper) IsLeaf() bool { return true }

// Identify wraps inner: each request gets a name, [web.RequestID], which the response, the lines that the site logs about it, [JSONLog], and servers behind package proxy see as X-Request-Id or as
// the attribute "request". It is the X-Request-Id of the request if the peer is one of web.Config.Proxies and it has 1 to 128 letters, digits and -._~+/=:@, or else a random one.
func Identify(inner web.Resource) web.Leaf {
	return &wrapper{inner, func(r *web.Request) {
		id := r.Header.Get("X-Request-Id")
		if !r.FromProxy() || !harmless(id) {
			id = rand.Text()
		}
		web.RequestID.Set(r, id)
		r.Header.Set("X-Request-Id", id)
		r.ResponseHeader().Set("X-Request-Id", id)
	}}
}

// harmless reports whether id can stand in any log.
func harmless(id string) bool {
	return id != "" && len(id) <= maxID && !strings.ContainsFunc(id, func(c rune) bool {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.ContainsRune("-._~+/=:@", c):
			return false
		}
		return true
	})
}
