// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package cred lets users log in: it parts how they prove who they are from what they may then do, so that several protocols share both.
//
// # Typical use
//
//	users := &cred.FilePasswordDB{Path: "users", Cache: true}
//	portal := cred.NewPortal(realm)                           // a Realm[*Mailbox] gives a Portal[*Mailbox]
//	cred.Register(portal, users.Hashed(password.Verify))
//	cred.Register(portal, cred.AllowAnonymousAccess{})
//
// and in a protocol, when a client has given its name and password:
//
//	p.login = portal.Login(t.Loop(), cred.UsernamePassword{Username: name, Password: pass}, nil)
//	p.login.Done(func(a cred.Avatar[*Mailbox], err error) {
//		if err != nil {
//			t.Write([]byte("-ERR login failed\r\n"))    // and not why
//			return
//		}
//		p.mailbox, p.logout = a.Avatar, a.Logout        // Logout when the connection is lost; Cancel before
//	})
//
// Goroutines: deferred.BlockingCallFromThread(ctx, loop, func() *deferred.Deferred[cred.Avatar[A]] { return portal.Login(loop, creds, nil) }).
//
// # The nouns
//
// [Credentials] are what a client presents; their Go type is their kind. A [Checker] takes one kind and finds out whose they are: an [AvatarID]. A [Realm] turns that into an
// [Avatar], the application's own type. A [Portal] joins one realm with a checker for each kind.
//
// Checkers here: [FilePasswordDB], [CertificateChecker], [AllowAnonymousAccess], [InMemoryUsernamePasswordDatabaseDontUse], [Chain] of several. In packages below:
//
//	password    hashes of passwords, and files of them
//	scram       SCRAM-SHA-1 and -256, with channel binding
//	sasl        the mechanisms of SASL, both sides
//	crammd5     CRAM-MD5
//	digest      HTTP digest
//	otp         one-time codes as a second factor
//	unixauth    the system's accounts
//	guard       lock-out, delays and an audit log
//	strcred     checkers from text such as "file:/etc/users"
//	credtest    the tests that every Checker passes
//
// # Errors
//
// Every error of a login is an [*Error], with one text for all causes. The causes are classes for errors.Is: [ErrUnauthorizedLogin] and its siblings. Checkers answer for an unknown
// user as for a wrong password, and take as long.
//
// # Concurrency
//
// A Portal and the checkers here may be shared by all loops. Login and RequestAvatarID are loop only, on the loop that they are given; what takes time runs in [Workers].
//
// Twisted: cred.portal, cred.checkers, cred.credentials, cred.error.
package cred
