// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package digest

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
	"time"
)

// Credentials are an answer to a challenge. Twisted: DigestedCredentials.
type Credentials struct {
	factory   *Factory
	p         map[string]string
	method    string
	username  string
	algorithm Algorithm
	count     uint32
	issued    time.Time
	accepted  bool
	session   string // the SessionHA1 that was right
}

// User returns the name.
func (c *Credentials) User() string { return c.username }

// Algorithm returns which hash CheckHash wants.
func (c *Credentials) Algorithm() Algorithm { return c.algorithm }

// CheckPassword reports in constant time whether the answer was made with password. Twisted: checkPassword.
func (c *Credentials) CheckPassword(password string) bool {
	return c.CheckHash(HA1(c.algorithm, c.username, c.factory.Realm, password))
}

// CheckHash reports in constant time whether the answer was made with ha1, see [HA1]. The count of the answer is used up then: another answer with the same is refused.
// Twisted: checkHash.
func (c *Credentials) CheckHash(ha1 string) bool {
	session := SessionHA1(c.algorithm, ha1, c.p["nonce"], c.p["cnonce"])
	want := Response(c.algorithm, session, HA2(c.algorithm, c.method, c.p["uri"]),
		c.p["nonce"], c.p["nc"], c.p["cnonce"], c.p["qop"])
	if subtle.ConstantTimeCompare([]byte(want), []byte(c.p["response"])) != 1 {
		return false
	}
	if !c.accepted {
		c.accepted = c.factory.used.use(c.p["nonce"], c.count, c.issued)
		c.session = session
	}
	return c.accepted
}

// Format prints the name.
func (c *Credentials) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "Digest(%q)", c.username) }

// LogValue is the name.
func (c *Credentials) LogValue() slog.Value { return slog.StringValue(c.username) }
