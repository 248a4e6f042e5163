// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "encoding/binary"

// ParseWindowUpdate returns by how much a window grows (RFC 9113 section 6.9).
func ParseWindowUpdate(h Header, p []byte) (int, error) {
	if len(p) != 4 {
		return 0, broken(FrameSizeError, "malformed WINDOW_UPDATE")
	}
	n := binary.BigEndian.Uint32(p) &^ (1 << 31)
	if n == 0 {
		return 0, &Error{ProtocolError, h.Stream, "WINDOW_UPDATE of 0"}
	}
	return int(n), nil
}

// AppendWindowUpdate appends a WINDOW_UPDATE frame.
func AppendWindowUpdate(dst []byte, stream uint32, n int) []byte {
	return binary.BigEndian.AppendUint32(AppendHeader(dst, Header{Length: 4, Type: TypeWindowUpdate, Stream: stream}), uint32(n))
}
