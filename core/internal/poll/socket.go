// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

// CloseSocket closes a socket that is under no poller's care. Safe from any goroutine.
func CloseSocket(s Socket) error {
	if s.Conn != nil {
		return s.Conn.Close()
	}
	return closeFD(s.FD)
}
