// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "encoding/binary"

const priorityLen = 5

func dependency(p []byte) uint32 { return binary.BigEndian.Uint32(p) &^ (1 << 31) }

// CheckPriority checks a PRIORITY frame (RFC 9113 section 6.3). What it asks for is obsolete: RFC 9218 has taken its place.
func CheckPriority(h Header, p []byte) error {
	switch {
	case h.Stream == 0:
		return broken(ProtocolError, "PRIORITY without a stream")
	case len(p) != priorityLen:
		return &Error{FrameSizeError, h.Stream, "malformed PRIORITY"}
	case dependency(p) == h.Stream:
		return &Error{ProtocolError, h.Stream, "stream depends on itself"}
	}
	return nil
}
