// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package sys

// ReusePortSpreads tells whether the system spreads connections over the listening sockets that share an address by SO_REUSEPORT.
const ReusePortSpreads = false
