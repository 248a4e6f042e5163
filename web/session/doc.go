// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package session gives clients sessions: values that a server keeps from one request to the next, found by a cookie.
//
// # Typical use
//
//	sessions := session.New(session.Config{})
//	var visits = session.NewKey[int]("visits")
//
//	func page(r *web.Request) {
//		s := sessions.Get(r)
//		n, _ := visits.Get(s)
//		visits.Set(s, n+1)
//	}
//
// At a login call [Session.Rotate], at a logout [Session.Expire].
//
// # The nouns
//
//   - A [Manager] finds and makes sessions. Its [Config] says where they are kept, for how long, and what the cookie is like.
//   - A [Session] belongs to one client. It is made when Get is called first, not before; Peek never makes one.
//   - A [Key] names a value of some type in a session.
//   - A [Store] keeps sessions outside of the process, [Dir] in files.
//
// # Where sessions are kept
//
//	Config{}             in memory: a bounded number, the least recently used goes first. Values may be anything.
//	Config{Keys: keys}   in the client's cookie, encrypted: at most some 3 KB, which nobody can take back before they expire.
//	Config{Store: s}     in a Store; the resources are wrapped by Manager.Wrap, which loads and saves. Values are kept as JSON.
//
// # Protection
//
// An id is 32 random bytes. Stores see its hash only. Ids that were not made here are never taken over. Cookies are HttpOnly and SameSite=Lax, and sessions over TLS have a
// cookie of their own, with Secure, so that a session that was read off a plain connection does not open one over TLS. Whether the client uses TLS is what [web.Request.Secure] says.
//
// # Concurrency
//
// A Manager serves any number of loops, which share its sessions: both it and its sessions are safe from any goroutine, except that with Config.Keys a session
// belongs to its request. What takes a *web.Request is loop only.
//
// Twisted: server.Session, Request.getSession, components of sessions.
package session
