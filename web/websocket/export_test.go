// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

// Waiting returns how many calls of Write wait for the peer. Loop only.
func (b *BlockingConn) Waiting() int { return len(b.waiting) }
