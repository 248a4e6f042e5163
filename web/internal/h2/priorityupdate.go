// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "encoding/binary"

// ParsePriorityUpdate returns the stream that a PRIORITY_UPDATE frame is about, and its new priority (RFC 9218 section 7.1).
func ParsePriorityUpdate(h Header, p []byte) (stream uint32, prio Priority, err error) {
	switch {
	case h.Stream != 0:
		return 0, prio, broken(ProtocolError, "PRIORITY_UPDATE on a stream")
	case len(p) < 4:
		return 0, prio, broken(FrameSizeError, "malformed PRIORITY_UPDATE")
	}
	if stream = binary.BigEndian.Uint32(p) &^ (1 << 31); stream == 0 {
		return 0, prio, broken(ProtocolError, "PRIORITY_UPDATE for no stream")
	}
	return stream, ParsePriority(string(p[4:])), nil
}

// AppendPriorityUpdate appends a PRIORITY_UPDATE frame with the value of a Priority field.
func AppendPriorityUpdate(dst []byte, stream uint32, value string) []byte {
	dst = AppendHeader(dst, Header{Length: 4 + len(value), Type: TypePriorityUpdate})
	return append(binary.BigEndian.AppendUint32(dst, stream), value...)
}
