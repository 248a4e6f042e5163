// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package password hashes passwords, verifies them against hashes, and keeps files of them.
//
// # Typical use
//
//	stored, err := password.Hash("correct horse")      // argon2id
//	ok := password.Verify(stored, "correct horse")     // whatever scheme stored is of
//	if password.NeedsRehash(stored, password.Argon2id{}) { ... }
//
// A server that checks logins against a file of hashes:
//
//	db := &cred.FilePasswordDB{Path: "users", Cache: true}
//	cred.Register(portal, db.Hashed(password.Verify))
//
// and the program that edits it:
//
//	file := password.File{Path: "users"}
//	err := file.Set("alice", "correct horse")
//
// # Forms
//
// A hash is text that begins with its scheme, as crypt(5) and the PHC string format have it:
//
//	$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH      [Argon2id], RFC 9106
//	$2b$12$SALTHASH                               [Bcrypt], also $2a$ and $2y$
//	$pbkdf2-sha256$600000$SALT$HASH               [PBKDF2], RFC 8018; also -sha1 (as $pbkdf2$) and -sha512, as passlib writes them
//
// The cryptography is that of golang.org/x/crypto and the standard library.
//
// # Limits
//
// A hash says what it costs to verify. [Limits] bounds that, so that a file which somebody else may write cannot use up memory or time: a hash that asks for more
// does not match anything. Passwords are at most [MaxLength] bytes, for bcrypt 72.
//
// # Concurrency
//
// All functions are safe from any goroutine and take their time: on a loop they belong into cred.Workers, as cred.FilePasswordDB does it. A File is locked between
// processes while it is edited.
//
// Not supported: the crypt schemes of system accounts (package unixauth has those checked by the system), and peppers.
package password
