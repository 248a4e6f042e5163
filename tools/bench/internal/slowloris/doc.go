// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package slowloris measures what clients that never finish their request cost those that do: connections that trickle a header, a byte every few seconds, while wrk loads the
// same server. The comparison is a test:
//
//	go test ./internal/slowloris -run TestTrickle -v -args -trickle 5000
//
// runs wrk with and without 5,000 such connections, in turn, and prints a table of the medians. Without the flag it takes a few, to prove that it works.
package slowloris
