// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix && !linux && !freebsd && !dragonfly

package sys

import "golang.org/x/sys/unix"

// ReusePortSpreads tells whether the system spreads connections over the listening sockets that share an address by ReusePort.
const ReusePortSpreads = false

// ReusePort is the socket option by which stream sockets share an address: here the one that was opened last gets the connections.
const ReusePort = unix.SO_REUSEPORT
