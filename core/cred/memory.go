// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cred

import (
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// InMemoryUsernamePasswordDatabaseDontUse checks names and passwords that the program holds in plain text: for tests and examples, as its name says. The zero value
// has no users. Its methods are safe from any goroutine. Twisted: InMemoryUsernamePasswordDatabaseDontUse.
type InMemoryUsernamePasswordDatabaseDontUse struct {
	mu    sync.RWMutex
	users map[string]string // guarded by mu
}

// AddUser adds a user, or replaces the password of one. An empty name can never log in, nor can a user with an empty password.
func (m *InMemoryUsernamePasswordDatabaseDontUse) AddUser(username, password string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.users == nil {
		m.users = map[string]string{}
	}
	m.users[username] = password
}

// RequestAvatarID checks the password. Safe from any goroutine.
func (m *InMemoryUsernamePasswordDatabaseDontUse) RequestAvatarID(loop protocol.Loop, creds UsernameHashedPassword) *deferred.Deferred[AvatarID] {
	m.mu.RLock()
	password, known := m.users[creds.User()]
	m.mu.RUnlock()
	// The comparison is made for unknown users too.
	if !creds.CheckPassword(password) || !known || creds.User() == "" || password == "" {
		return deferred.FailOn[AvatarID](loop, ErrUnauthorizedLogin)
	}
	return deferred.SucceedOn(loop, AvatarID{Name: creds.User()})
}
