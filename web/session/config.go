// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package session

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// A Config holds the options of a Manager. Its zero fields mean the defaults they name.
type Config struct {
	Cookie       string        // name of the cookie over plain connections; "" means TORSION_SESSION
	SecureCookie string        // the same over TLS; "" means TORSION_SECURE_SESSION
	Path         string        // of the cookies; "" means /
	SameSite     http.SameSite // of the cookies; 0 means Lax
	Idle         time.Duration // from the last Get to the end of a session; 0 means 900 s
	Lifetime     time.Duration // from its beginning to its end at the latest; 0 means 24 h
	MaxSessions  int           // in memory; 0 means 10000; the least recently used goes first
	MaxSize      int           // bytes of a session in a Store; 0 means 65536; beyond it Set fails
	// Keys keeps the sessions in the cookies. Not together with Store.
	Keys *web.CookieKeys
	// Store keeps the sessions. nil means in memory, unless there are Keys.
	Store Store
	// Logger is told of errors of the Store; nil means slog.Default.
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	c.Cookie, c.SecureCookie = cmp.Or(c.Cookie, "TORSION_SESSION"), cmp.Or(c.SecureCookie, "TORSION_SECURE_SESSION")
	c.Path = cmp.Or(c.Path, "/")
	c.SameSite = cmp.Or(c.SameSite, http.SameSiteLaxMode)
	c.Idle, c.Lifetime = cmp.Or(max(c.Idle, 0), 900*time.Second), cmp.Or(max(c.Lifetime, 0), 24*time.Hour)
	c.MaxSessions, c.MaxSize = cmp.Or(max(c.MaxSessions, 0), 10000), cmp.Or(max(c.MaxSize, 0), 65536)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// A Store keeps sessions outside of the process. Its methods are called on loops, of which there may be several: they must not block, and the Deferreds they return
// fire on the loop that is given.
type Store interface {
	// Load returns what Save has stored under key last, or nil if there is nothing. What has expired may be returned or not.
	Load(loop protocol.Loop, key string) *deferred.Deferred[[]byte]
	// Save stores data, which it may keep, under key, until expires at least.
	Save(loop protocol.Loop, key string, data []byte, expires time.Time) *deferred.Deferred[struct{}]
	// Delete removes what is stored under key, if anything.
	Delete(loop protocol.Loop, key string) *deferred.Deferred[struct{}]
}
