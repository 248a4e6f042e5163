// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package otp has one-time passwords: codes of six digits that a phone shows (RFC 6238) or a token counts (RFC 4226), as a second factor of logins.
//
// # Typical use
//
//	key := otp.NewKey("Example", "alice")
//	fmt.Println(key.URI())                 // for a QR code
//
//	users := &otp.Users{}
//	users.Set("alice", key)
//	cred.Register(portal, otp.NewChecker(passwords, users))
//	portal.Login(loop, cred.SecondFactor{First: cred.UsernamePassword{...}, Code: "287082"}, mind)
//
// # The nouns
//
// A [Key] is what the user's device and the server share. [Users] holds those of all, and remembers which codes were used: each works once, over a restart too where Users.Used and [Users.Restore] keep
// them. A checker made by
// [NewChecker] asks for the first factor and then the code, and doesn't tell which of them was wrong. Codes are short: put package guard around the checker.
//
// # Concurrency
//
// Everything is safe from any goroutine, but a checker's RequestAvatarID is loop only, as of every checker.
package otp
