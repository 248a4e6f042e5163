// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

// ParseData returns the data of a DATA frame (RFC 9113 section 6.1). All of the payload counts for flow control.
func ParseData(h Header, p []byte) ([]byte, error) {
	if h.Stream == 0 {
		return nil, broken(ProtocolError, "DATA without a stream")
	}
	return unpad(h, p)
}

// AppendData appends a DATA frame.
func AppendData(dst []byte, stream uint32, p []byte, end bool) []byte {
	h := Header{Length: len(p), Type: TypeData, Stream: stream}
	if end {
		h.Flags = FlagEndStream
	}
	return append(AppendHeader(dst, h), p...)
}
