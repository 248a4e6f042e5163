// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import "golang.org/x/sys/unix"

// ReusePortSpreads tells whether the system spreads connections over the listening sockets that share an address by ReusePort.
const ReusePortSpreads = true

// ReusePort is the socket option by which stream sockets share an address. SO_REUSEPORT itself gives all connections to one of them here.
const ReusePort = unix.SO_REUSEPORT_LB
