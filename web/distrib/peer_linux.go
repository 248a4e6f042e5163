// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package distrib

import (
	"syscall"

	"github.com/torsion-go/torsion/core/protocol"
)

// peerUID returns whose process is at the other end: the one that connected, or that listened. What cannot be asked is taken for nobody's.
func peerUID(t protocol.Transport) (uid int, ok bool) {
	s, ok := protocol.As[protocol.SocketTransport](t)
	if !ok {
		return -2, true
	}
	uid = -2
	if err := s.Control(func(fd uintptr) {
		if c, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
			uid = int(c.Uid)
		}
	}); err != nil {
		return -2, true
	}
	return uid, true
}
