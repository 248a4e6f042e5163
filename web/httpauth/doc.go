// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package httpauth has clients of a web server log in: by Basic, Digest and Bearer, or by the certificate of their TLS connection, against a portal of package cred.
//
// # Typical use
//
// One resource for everybody who has an account:
//
//	users := &cred.FilePasswordDB{Path: "users", Cache: true}
//	checker := httpauth.Remember(users.Hashed(password.Verify), httpauth.RememberConfig{})
//	root.PutChild("admin", httpauth.Protect(admin, httpauth.Config{}, []cred.AnyChecker{cred.Any(checker)}, httpauth.Basic{Realm: "admin"}))
//
// A resource for each user: the realm of the portal makes them.
//
//	portal := cred.NewPortal(cred.RealmFunc[web.Resource](func(loop protocol.Loop, id cred.AvatarID, _ any) *deferred.Deferred[cred.Avatar[web.Resource]] { ... }))
//	root.PutChild("home", httpauth.New(portal, httpauth.Config{}, httpauth.Basic{Realm: "home"}, &httpauth.Digest{Factory: digest.Factory{Realm: "home"}}))
//
// # How a request logs in
//
// Every request does. The scheme that the Authorization field names takes it apart; the portal says whose the credentials are, and the avatar, a resource, answers the
// request, with what is left of the path. Who it is, is [User]. The avatar is logged out when the response has ended, whatever its end.
//
// A request without the field comes with its client certificate, if the portal has a checker for certificates and the connection has one, or else as nobody:
// cred.Anonymous, which a portal takes if it has cred.AllowAnonymousAccess.
//
// What was refused is answered with 401 and a challenge of each scheme, whatever the cause; more logins than the server can check at once with 503; a failure of the
// checker or the realm itself with 500.
//
// # Security
//
// Basic and Bearer send the secret itself: use TLS. Set [Config.Guard] against guessing. Hashes of passwords are slow by intent, and every request of a page is
// a login: [Remember] keeps good ones for a while.
//
// # Concurrency
//
// All types are safe on any number of loops. Configuration is immutable after the first request.
//
// RFC 9110 section 11, 7617 (Basic), 7616 (Digest), 6750 (Bearer). Not supported: auth-int, tokens in the body or the query, mutual authentication.
//
// Twisted: twisted.web.guard, HTTPAuthSessionWrapper, BasicCredentialFactory, DigestCredentialFactory.
package httpauth
