// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

// A Limited poller may not be able to watch every descriptor.
type Limited interface {
	Poller
	// MaxFiles returns below which number descriptors have to be; 0 when all will do. Immutable. Safe from any goroutine.
	MaxFiles() int
}
