// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package httpauth

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/web"
)

// A Scheme is a way to present credentials over HTTP. Twisted: ICredentialFactory.
//
//   - Its methods are called on any loop, at the same time; they don't block.
//   - An error of Decode is answered with 401, whatever it is.
type Scheme interface {
	// Name is the name of the scheme, in whatever case.
	Name() string
	// Challenges returns values of the WWW-Authenticate field. failed is why the last answer to a challenge of this scheme was refused, nil if there was none.
	Challenges(r *web.Request, failed error) []string
	// Decode makes credentials of what follows the name in r's Authorization field.
	Decode(r *web.Request, params string) (cred.Credentials, error)
}

// quote makes a quoted-string of s (RFC 9110 section 5.6.4). Control characters, which it cannot hold, are left out.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
		case c < ' ' && c != '\t' || c == 0x7f:
			continue
		}
		b.WriteByte(c)
	}
	b.WriteByte('"')
	return b.String()
}

// Basic is the scheme of RFC 7617: name and password in plain text, as cred.UsernamePassword. Twisted: BasicCredentialFactory.
type Basic struct {
	// Realm is shown to the user.
	Realm string
}

// Name returns "Basic".
func (Basic) Name() string { return "Basic" }

// Challenges returns the realm, with charset UTF-8.
func (b Basic) Challenges(*web.Request, error) []string {
	return []string{"Basic realm=" + quote(b.Realm) + `, charset="UTF-8"`}
}

var errMalformed = errors.New("httpauth: malformed credentials")

// Decode wants name and password in UTF-8 without control characters. The name ends at the first colon; padding may lack.
func (Basic) Decode(r *web.Request, _ string) (cred.Credentials, error) {
	user, password, ok := r.BasicAuth()
	if !ok || !utf8.ValidString(user) || !utf8.ValidString(password) || strings.ContainsFunc(user+password, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return nil, errMalformed
	}
	return cred.UsernamePassword{Username: user, Password: password}, nil
}

// Bearer is the scheme of RFC 6750: a token, as cred.BearerToken. What it means is the checker's business.
type Bearer struct {
	Realm string
	// Scope is what the client needs to ask for a token for; "" leaves it out.
	Scope string
}

// Name returns "Bearer".
func (Bearer) Name() string { return "Bearer" }

// Challenges tells a client whose token was refused so (section 3.1).
func (b Bearer) Challenges(_ *web.Request, failed error) []string {
	c := "Bearer realm=" + quote(b.Realm)
	if b.Scope != "" {
		c += ", scope=" + quote(b.Scope)
	}
	switch {
	case errors.Is(failed, errMalformed):
		c += `, error="invalid_request"`
	case failed != nil:
		c += `, error="invalid_token"`
	}
	return []string{c}
}

// Decode wants a b64token.
func (Bearer) Decode(_ *web.Request, params string) (cred.Credentials, error) {
	if token := strings.TrimRight(params, "="); token == "" || strings.ContainsFunc(token, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("-._~+/", c))
	}) {
		return nil, fmt.Errorf("%w: not a b64token", errMalformed)
	}
	return cred.BearerToken{Token: params}, nil
}
