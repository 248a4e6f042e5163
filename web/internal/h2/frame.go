// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "encoding/binary"

// A Type is the type of a frame.
type Type uint8

// The types of RFC 9113 section 6 and RFC 9218 section 7.1.
const (
	TypeData Type = iota
	TypeHeaders
	TypePriority
	TypeRSTStream
	TypeSettings
	TypePushPromise
	TypePing
	TypeGoAway
	TypeWindowUpdate
	TypeContinuation
	TypePriorityUpdate Type = 0x10
)

// Flags are the flags of a frame; what they mean depends on its type.
type Flags uint8

// The flags.
const (
	FlagAck        Flags = 0x1 // SETTINGS, PING
	FlagEndStream  Flags = 0x1 // DATA, HEADERS
	FlagEndHeaders Flags = 0x4 // HEADERS, CONTINUATION
	FlagPadded     Flags = 0x8 // DATA, HEADERS
	FlagPriority   Flags = 0x20
)

// Has reports whether all of g are set.
func (f Flags) Has(g Flags) bool { return f&g == g }

// HeaderLen is the length of the header of a frame.
const HeaderLen = 9

// MinFrameSize is the largest payload that every peer accepts.
const MinFrameSize = 16384

// Preface is what a client begins a connection with (RFC 9113 section 3.4).
const Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// A Header is the header of a frame.
type Header struct {
	Length int
	Stream uint32
	Type   Type
	Flags  Flags
}

// AppendHeader appends h.
func AppendHeader(dst []byte, h Header) []byte {
	return binary.BigEndian.AppendUint32(
		append(dst, byte(h.Length>>16), byte(h.Length>>8), byte(h.Length), byte(h.Type), byte(h.Flags)), h.Stream)
}

// ParseHeader reads a header from the front of b, which holds one.
func ParseHeader(b []byte) Header {
	return Header{
		Length: int(b[0])<<16 | int(b[1])<<8 | int(b[2]), Type: Type(b[3]), Flags: Flags(b[4]),
		Stream: binary.BigEndian.Uint32(b[5:]) &^ (1 << 31),
	}
}

// ParseFrame takes a frame off the front of b: its header, its payload, which is a part of b, and the length of both. Without an error, 0 means that b holds no whole
// frame. A payload longer than limit is an error, of the connection whatever the type: the smallest bound on what has to be kept.
func ParseFrame(b []byte, limit int) (h Header, payload []byte, n int, err error) {
	if len(b) < HeaderLen {
		return h, nil, 0, nil
	}
	h = ParseHeader(b)
	if h.Length > limit {
		return h, nil, 0, broken(FrameSizeError, "frame too large")
	}
	if n = HeaderLen + h.Length; len(b) < n {
		return h, nil, 0, nil
	}
	return h, b[HeaderLen:n:n], n, nil
}

// unpad takes the padding off the payload of a DATA or HEADERS frame.
func unpad(h Header, p []byte) ([]byte, error) {
	if !h.Flags.Has(FlagPadded) {
		return p, nil
	}
	if len(p) == 0 {
		return nil, broken(FrameSizeError, "no length of the padding")
	}
	if n := int(p[0]); n < len(p) {
		return p[1 : len(p)-n], nil
	}
	return nil, broken(ProtocolError, "padding longer than the frame")
}
