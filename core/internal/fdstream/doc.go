// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package fdstream makes a protocol.Transport of one or two descriptors that a loop watches: pipes, terminals, serial lines. It needs no goroutine. UNIX only.
package fdstream
