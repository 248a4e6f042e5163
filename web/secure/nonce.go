// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package secure

import (
	"crypto/rand"
	"strings"

	"github.com/torsion-go/torsion/web"
)

// A ticket is what a request around which there are Headers may get its nonce with.
type ticket struct{ nonce string }

var tickets = web.NewKey[*ticket]("secure.Nonce")

// offer lets r have a nonce.
func offer(r *web.Request) {
	if _, ok := tickets.Get(r); !ok {
		tickets.Set(r, new(ticket))
	}
}

// Nonce returns the random text, made at the first call, that allows scripts which carry it: <script nonce="...">, where the policy has "{nonce}", as DefaultCSP has for scripts. The page must not be kept in a
// shared cache: everybody would know it. It returns "" when there are no [Headers] around the resource, and when the head was sent before the first call. Loop only.
func Nonce(r *web.Request) string {
	t, ok := tickets.Get(r)
	if !ok {
		return ""
	}
	if t.nonce == "" && !r.HeadSent() {
		t.nonce = rand.Text()
	}
	return t.nonce
}

// made returns the nonce of r if there is one.
func made(r *web.Request) string {
	if t, ok := tickets.Get(r); ok {
		return t.nonce
	}
	return ""
}

// withNonce puts the nonce in its place in the policy, or takes the place away.
func withNonce(policy, nonce string) string {
	if nonce != "" {
		nonce = "'nonce-" + nonce + "'"
	}
	return strings.ReplaceAll(policy, nonceMark, nonce)
}
