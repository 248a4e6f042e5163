// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package digest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
)

// A Login is what a client answers challenges with.
type Login struct {
	Username, Password string
	// Method and URI are those of the request.
	Method, URI string
	// Count is how many requests, this one included, were made with the nonce. 0 means 1.
	Count uint32

	cnonce string // for the vectors of the RFC
}

// ErrNoChallenge is returned when none of the challenges can be answered.
var ErrNoChallenge = errors.New("digest: no challenge that can be answered")

// Respond returns the value of the Authorization header for the best of the challenges, which are values of WWW-Authenticate headers, those of other schemes among them. A
// server that offers no qop is answered as RFC 2069 has it.
func Respond(challenges []string, l Login) (string, error) {
	var best map[string]string
	rank := len(byStrength)
	for _, text := range challenges {
		p, err := ParseParams(text)
		if err != nil {
			continue
		}
		a, ok := lookup(p["algorithm"])
		for i := range byStrength {
			if ok && byStrength[i] == a && i < rank && answerable(p["qop"]) && p["nonce"] != "" {
				best, rank = p, i
			}
		}
	}
	if best == nil {
		return "", ErrNoChallenge
	}
	return respond(best, byStrength[rank], l), nil
}

func answerable(qop string) bool {
	return qop == "" || hasAuth(qop)
}

func hasAuth(qop string) bool {
	for _, q := range strings.Split(qop, ",") {
		if strings.EqualFold(strings.TrimSpace(q), "auth") {
			return true
		}
	}
	return false
}

func respond(p map[string]string, a Algorithm, l Login) string {
	nc, cnonce, qop := fmt.Sprintf("%08x", max(l.Count, 1)), l.cnonce, ""
	if cnonce == "" {
		cnonce = rand.Text()
	}
	if hasAuth(p["qop"]) {
		qop = "auth"
	}
	ha1 := SessionHA1(a, HA1(a, l.Username, p["realm"], l.Password), p["nonce"], cnonce)
	answer := Response(a, ha1, HA2(a, l.Method, l.URI), p["nonce"], nc, cnonce, qop)
	name := l.Username
	hashed := strings.EqualFold(p["userhash"], "true")
	if hashed {
		name = UserHash(a, l.Username, p["realm"])
	}
	var b strings.Builder
	fmt.Fprintf(&b, `Digest username=%s, realm=%s, uri=%s, algorithm=%s, nonce=%s`, quote(name), quote(p["realm"]), quote(l.URI), a, quote(p["nonce"]))
	if qop != "" || a.session() {
		fmt.Fprintf(&b, `, nc=%s, cnonce=%s`, nc, quote(cnonce))
	}
	if qop != "" {
		fmt.Fprintf(&b, `, qop=%s`, qop)
	}
	fmt.Fprintf(&b, `, response="%s"`, answer)
	if p["opaque"] != "" {
		fmt.Fprintf(&b, `, opaque=%s`, quote(p["opaque"]))
	}
	if hashed {
		b.WriteString(", userhash=true")
	}
	return b.String()
}
