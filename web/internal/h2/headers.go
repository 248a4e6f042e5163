// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

// ParseHeaders returns the first part of the field block in a HEADERS frame (RFC 9113 section 6.2). Priorities by RFC 7540 are checked and dropped.
func ParseHeaders(h Header, p []byte) (block []byte, err error) {
	if h.Stream == 0 {
		return nil, broken(ProtocolError, "HEADERS without a stream")
	}
	if p, err = unpad(h, p); err != nil || !h.Flags.Has(FlagPriority) {
		return p, err
	}
	if len(p) < priorityLen {
		return nil, broken(FrameSizeError, "HEADERS too short for its priority")
	}
	if dependency(p) == h.Stream {
		err = &Error{ProtocolError, h.Stream, "stream depends on itself"}
	}
	return p[priorityLen:], err
}

// AppendHeaders appends a field block as a HEADERS frame and, where it is longer than limit, CONTINUATION frames.
func AppendHeaders(dst []byte, stream uint32, block []byte, end bool, limit int) []byte {
	h := Header{Type: TypeHeaders, Stream: stream}
	if end {
		h.Flags = FlagEndStream
	}
	for {
		n := min(len(block), limit)
		if h.Length = n; n == len(block) {
			h.Flags |= FlagEndHeaders
		}
		dst = append(AppendHeader(dst, h), block[:n]...)
		if block = block[n:]; len(block) == 0 {
			return dst
		}
		h.Type, h.Flags = TypeContinuation, 0
	}
}
