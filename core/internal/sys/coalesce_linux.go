// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import "golang.org/x/sys/unix"

// NoCoalescing has the system deliver the datagrams of a UDP socket one by one, which its former owner may have changed.
func NoCoalescing(fd int) { SetInt(fd, unix.SOL_UDP, unix.UDP_GRO, 0) }
