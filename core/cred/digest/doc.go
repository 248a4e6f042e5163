// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package digest has the digest logins of HTTP (RFC 7616, 2617), which SIP shares: the password is not sent.
//
// # Typical use
//
// At a server:
//
//	factory := &digest.Factory{Realm: "files"}
//	for _, c := range factory.Challenges(clientIP) {
//		h.Add("WWW-Authenticate", c)
//	}
//	creds, err := factory.Decode(authorization, digest.Request{Method: "GET", URI: "/a", Client: clientIP})
//	portal.Login(loop, creds, mind)
//	h.Set("Authentication-Info", creds.Info())      // when it has succeeded
//
// At a client, which answers the best challenge that it knows:
//
//	authorization, err := digest.Respond(challenges, digest.Login{Username: "u", Password: "p", Method: "GET", URI: "/a"})
//	err = digest.CheckInfo(info, authorization, login)
//
// # The nouns
//
// A [Factory] makes challenges and takes the answers apart, into [Credentials]. Those are compared with a password in plain text or with a stored HA1, which
// [HA1] makes: cred.UsernameHashedPassword and cred.UsernameDigestHash. [ParseParams] reads the parameters of a challenge or an answer.
//
// # Nonces
//
// A nonce holds for Factory.Lifetime and for one client address: its time and the address are in the opaque value, signed with a key of the Factory. A count of requests
// that was used already with a nonce is refused; so is a nonce that is too old, by [ErrStale].
//
// # Concurrency
//
// A Factory is safe from any goroutine, so are the functions. Credentials belong to one login.
//
// Not supported: the quality of protection auth-int, and nextnonce of Authentication-Info.
//
// Twisted: cred.credentials.DigestCredentialFactory, cred._digest.
package digest
