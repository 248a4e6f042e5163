// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package names will be Torsion's module for DNS: DNS messages, resolvers, caches, authoritative servers and zones.
//
// It holds nothing yet.
package names
