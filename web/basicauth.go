// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"encoding/base64"
	"strings"
)

// BasicAuth returns name and password of the Authorization field if its scheme is Basic (RFC 7617) and it is well-formed. Nobody has checked them. The name ends
// with the first colon.
func (r *Request) BasicAuth() (user, password string, ok bool) {
	scheme, credentials, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	text, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Trim(credentials, " "), "=")) // some clients leave the padding out
	if err != nil {
		return "", "", false
	}
	if user, password, ok = strings.Cut(string(text), ":"); !ok {
		return "", "", false
	}
	return user, password, true
}

// User returns the name of BasicAuth, or "". Twisted: getUser.
func (r *Request) User() string {
	user, _, _ := r.BasicAuth()
	return user
}

// Password returns the password of BasicAuth, or "". Twisted: getPassword.
func (r *Request) Password() string {
	_, password, _ := r.BasicAuth()
	return password
}
