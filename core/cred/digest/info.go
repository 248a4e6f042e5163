// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package digest

import (
	"crypto/subtle"
	"errors"
	"fmt"
)

// ErrServer is matched when the server failed to prove that it knows the password.
var ErrServer = errors.New("digest: the server does not know the password")

// Info returns the value of the Authentication-Info header (RFC 7616, section 3.5), by which the server proves that it knows the password too. It is "" before the answer
// was found to be right, and for one without qop.
func (c *Credentials) Info() string {
	if !c.accepted || c.p["qop"] == "" {
		return ""
	}
	p := c.p
	rspauth := Response(c.algorithm, c.session, HA2(c.algorithm, "", p["uri"]), p["nonce"], p["nc"], p["cnonce"], p["qop"])
	return fmt.Sprintf(`rspauth="%s", qop=%s, nc=%s, cnonce=%s`, rspauth, p["qop"], p["nc"], quote(p["cnonce"]))
}

// CheckInfo returns nil if info, the value of an Authentication-Info header, proves that the server knows the password: it is that of the response to a request with
// authorization, which [Respond] made for l. Otherwise the error matches ErrServer or ErrHeader.
func CheckInfo(info, authorization string, l Login) error {
	p, err := ParseParams(authorization)
	if err != nil {
		return err
	}
	q, err := ParseParams("Digest " + info)
	if err != nil {
		return err
	}
	a, ok := lookup(p["algorithm"])
	if !ok || p["qop"] == "" || q["qop"] != p["qop"] || q["nc"] != p["nc"] || q["cnonce"] != p["cnonce"] {
		return fmt.Errorf("%w: the header is for another request", ErrServer)
	}
	session := SessionHA1(a, HA1(a, l.Username, p["realm"], l.Password), p["nonce"], p["cnonce"])
	want := Response(a, session, HA2(a, "", p["uri"]), p["nonce"], p["nc"], p["cnonce"], p["qop"])
	if subtle.ConstantTimeCompare([]byte(want), []byte(q["rspauth"])) != 1 {
		return ErrServer
	}
	return nil
}
