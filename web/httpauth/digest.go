// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package httpauth

import (
	"errors"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/digest"
	"github.com/torsion-go/torsion/web"
)

// Digest is the scheme of RFC 7616, which does not send the password: digest.Credentials, for checkers of cred.UsernameHashedPassword and cred.UsernameDigestHash. A
// nonce holds for one client address and for 15 minutes; an answer is good once. It must not be copied. Twisted: DigestCredentialFactory.
type Digest struct {
	// Factory holds the realm and the other options.
	Factory digest.Factory
}

// Name returns "Digest".
func (*Digest) Name() string { return "Digest" }

// client is what nonces are bound to.
func client(r *web.Request) string {
	if addr := r.ClientAddr(); addr.IsValid() {
		return addr.String()
	}
	return "-" // a UNIX socket
}

// Challenges returns one for each algorithm; stale=true asks the client to answer again without its user.
func (d *Digest) Challenges(r *web.Request, failed error) []string {
	if errors.Is(failed, digest.ErrStale) {
		return d.Factory.StaleChallenges(client(r))
	}
	return d.Factory.Challenges(client(r))
}

// Decode wants an answer for this method and target.
func (d *Digest) Decode(r *web.Request, _ string) (cred.Credentials, error) {
	creds, err := d.Factory.Decode(r.Header.Get("Authorization"), digest.Request{Method: r.Method, URI: r.URI, Client: client(r)})
	if err != nil {
		return nil, err
	}
	return creds, nil
}

var (
	_ Scheme = Basic{}
	_ Scheme = Bearer{}
	_ Scheme = (*Digest)(nil)
)
