// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "encoding/binary"

// ParseRSTStream returns the code of a RST_STREAM frame (RFC 9113 section 6.4).
func ParseRSTStream(h Header, p []byte) (Code, error) {
	switch {
	case h.Stream == 0:
		return 0, broken(ProtocolError, "RST_STREAM without a stream")
	case len(p) != 4:
		return 0, broken(FrameSizeError, "malformed RST_STREAM")
	}
	return Code(binary.BigEndian.Uint32(p)), nil
}

// AppendRSTStream appends a RST_STREAM frame.
func AppendRSTStream(dst []byte, stream uint32, code Code) []byte {
	return binary.BigEndian.AppendUint32(AppendHeader(dst, Header{Length: 4, Type: TypeRSTStream, Stream: stream}), uint32(code))
}
