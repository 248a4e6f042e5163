// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package distrib

import (
	"net/url"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/web"
)

// userField tells a publisher who has logged in, percent-encoded.
const userField = "X-Forwarded-User"

var user = web.NewKey[string]("distrib user")

// User returns who has logged in at the process in front, and whether somebody has. It is for published resources. Loop only.
func User(r *web.Request) (string, bool) { return user.Get(r) }

// takeUser takes the user out of the header of a request from a process that is believed.
func takeUser(r *web.Request) {
	if r.Header.Has(userField) {
		if name, err := url.PathUnescape(r.Header.Get(userField)); err == nil && name != "" {
			user.Set(r, name)
		}
		r.Header.Del(userField)
	}
}

// giveUser sets the field for a publisher, in place of what the client says. It reports false if the client asks for it to be left out.
func giveUser(r *web.Request, name string) bool {
	var forged []string
	for field := range r.Header.All() {
		// Programs exist that take underscores for hyphens.
		if strings.EqualFold(strings.ReplaceAll(field, "_", "-"), userField) {
			forged = append(forged, field)
		}
	}
	for _, field := range slices.Compact(forged) {
		r.Header.Del(field)
	}
	for token := range r.Header.Tokens("Connection") {
		if strings.EqualFold(token, userField) { // it would not be handed on
			return false
		}
	}
	if name != "" {
		r.Header.Set(userField, url.PathEscape(name))
	}
	return true
}
