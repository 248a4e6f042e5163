// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package strcred makes checkers of text that an operator writes: "memory:alice:secret", "file:/etc/users".
//
// # Typical use
//
//	var reg strcred.Registry
//	auth := strcred.Options{Registry: &reg, Supported: []reflect.Type{reflect.TypeFor[cred.UsernamePassword]()}, Warnings: os.Stderr}
//	err := auth.Add("file:/etc/users")         // for each --auth
//	for _, c := range auth.Checkers() {
//		portal.Add(c)
//	}
//
// # The text
//
// "TYPE:ARGUMENT" is cut at the first colon; the type is matched exactly, and the rest belongs to it: nothing is escaped. Without a colon the argument is empty.
//
//	memory:NAME:PASSWORD:...    names and passwords on the command line, which others can see: for tests
//	file:PATH                   a file of name:password lines, in plain text
//	hashed:PATH                 a file of name:hash lines, see package password
//	unix                        the system's accounts, see package unixauth
//	anonymous                   everybody, as nobody
//
// Other packages add types by [Registry.Register], as the one for SSH adds sshkey. Of several checkers for one kind of credentials the last that a portal is given counts.
//
// # Concurrency
//
// A Registry is safe from any goroutine, Options belong to one. Both read files that the text names only to warn when they are missing.
//
// Twisted: cred.strcred, plugins.cred_memory, cred_file, cred_unix, cred_anonymous.
package strcred
