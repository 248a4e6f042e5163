// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

// A DirectSender is a Stream that can send what is only there for the length of a call. Readiness pollers have it by nature.
type DirectSender interface {
	// SendNow sends as much of v as the system takes at once, and returns how much that was. Nothing stays lent and no Sent follows: the rest is to be
	// offered to Send. It is not called while a Send is outstanding.
	SendNow(v [][]byte) (n int, err error)
}
