// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd && !windows

package poll

import "net"

// closeFD is for the sockets of pollers that there are none of here.
func closeFD(int) error { return net.ErrClosed }
