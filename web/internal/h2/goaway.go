// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "encoding/binary"

// ParseGoAway returns the last stream that the peer will look at, and why it goes away (RFC 9113 section 6.8).
func ParseGoAway(h Header, p []byte) (last uint32, code Code, err error) {
	switch {
	case h.Stream != 0:
		return 0, 0, broken(ProtocolError, "GOAWAY on a stream")
	case len(p) < 8:
		return 0, 0, broken(FrameSizeError, "malformed GOAWAY")
	}
	return binary.BigEndian.Uint32(p) &^ (1 << 31), Code(binary.BigEndian.Uint32(p[4:])), nil
}

// AppendGoAway appends a GOAWAY frame. reason is for people who debug.
func AppendGoAway(dst []byte, last uint32, code Code, reason string) []byte {
	dst = AppendHeader(dst, Header{Length: 8 + len(reason), Type: TypeGoAway})
	dst = binary.BigEndian.AppendUint32(dst, last)
	return append(binary.BigEndian.AppendUint32(dst, uint32(code)), reason...)
}
