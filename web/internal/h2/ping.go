// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

// ParsePing returns the data of a PING frame (RFC 9113 section 6.7).
func ParsePing(h Header, p []byte) (data [8]byte, err error) {
	switch {
	case h.Stream != 0:
		return data, broken(ProtocolError, "PING on a stream")
	case len(p) != len(data):
		return data, broken(FrameSizeError, "malformed PING")
	}
	return [8]byte(p), nil
}

// AppendPing appends a PING frame.
func AppendPing(dst []byte, data [8]byte, ack bool) []byte {
	h := Header{Length: len(data), Type: TypePing}
	if ack {
		h.Flags = FlagAck
	}
	return append(AppendHeader(dst, h), data[:]...)
}
