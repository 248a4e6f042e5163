// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package forward compares port forwarders: core/protocols/portforward, haproxy and socat, in one run, with one client and one sink. The comparison is a test:
//
//	go test ./internal/forward -run TestCompare -v -args -compare 4
//
// carries 4 GB through each of them, three times in turn, and prints a table of the medians. Without the flag it carries a little, to prove that it works.
package forward
