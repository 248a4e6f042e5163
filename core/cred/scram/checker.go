// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scram

import (
	"sync"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// Credentials are the outcome of a login that has succeeded. Only a [Server] makes them; the zero Credentials prove nothing.
type Credentials struct{ user string }

// User returns the user's prepared name.
func (c Credentials) User() string { return c.user }

// Checker takes [Credentials] at their word: they have been checked already.
type Checker struct{}

// RequestAvatarID returns the user's name.
func (Checker) RequestAvatarID(loop protocol.Loop, creds Credentials) *deferred.Deferred[cred.AvatarID] {
	if creds.user == "" {
		return deferred.FailOn[cred.AvatarID](loop, cred.ErrUnauthorizedLogin)
	}
	return deferred.SucceedOn(loop, cred.AvatarID{Name: creds.user})
}

// Users holds the keys of users in memory. The zero Users has none. Its methods are safe from any goroutine.
type Users struct {
	mu   sync.RWMutex
	keys map[user]Keys // guarded by mu
}

type user struct {
	name string
	hash Hash
}

// Set gives a user keys, in the place of former ones of the same mechanism. name is a prepared one, as [Server.First] returns it.
func (u *Users) Set(name string, k Keys) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.keys == nil {
		u.keys = map[user]Keys{}
	}
	u.keys[user{name, k.Hash}] = k
}

// Keys returns a user's keys for the mechanism.
func (u *Users) Keys(name string, h Hash) (Keys, bool) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	k, ok := u.keys[user{name, h}]
	return k, ok
}
