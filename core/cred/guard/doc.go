// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package guard slows down those who guess: it counts failed logins for each user and each address, locks them out for a growing time, delays refusals, and writes an
// audit log.
//
// # Typical use
//
//	g := guard.New(guard.Config{})
//	d := guard.Login(g, portal, loop, creds, mind, peer)     // in place of portal.Login
//
// or, where the address is not at hand, around one checker:
//
//	cred.Register(portal, guard.Checker(g, passwords))
//
// Both at once would count twice. A mechanism that finds out by itself that a secret is wrong, as SCRAM, never comes to a portal then: its server asks [Guard.Locked] before it
// looks keys up, and reports to [Guard.Failed].
//
// # What counts
//
// An attempt counts as failed from its beginning until it has succeeded, so that many at once are no way around the limits, nor is hanging up. After Config.Failures in a row a
// user is locked out for Config.Delay, then twice as long after each further failure, up to Config.MaxDelay. Addresses likewise, with ten times as many failures; those of
// IPv6 count by their /64, names without regard to case. A success clears the user's count, and takes its own attempt off the address's. Counts fade after Config.Forget.
//
// Somebody who is locked out is refused without being checked, and is told nothing else than after a wrong password. Locking out by name lets strangers lock out a user whose
// name they know; Config.Failures below 0 leaves users alone and counts addresses only.
//
// # Limits
//
// The tables hold Config.MaxEntries each; the entry that was used longest ago is forgotten first. At most Config.MaxDelayed refusals wait; more are told at once.
//
// # Concurrency
//
// A Guard is safe from any goroutine and may serve several portals and loops. Login and the checker are loop only; time is that of the loop.
package guard
