// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "strconv"

// A Code tells why a stream or a connection ended (RFC 9113 section 7).
type Code uint32

// The codes of RFC 9113.
const (
	NoError Code = iota
	ProtocolError
	InternalError
	FlowControlError
	SettingsTimeout
	StreamClosed
	FrameSizeError
	RefusedStream
	Cancel
	CompressionError
	ConnectError
	EnhanceYourCalm
	InadequateSecurity
	HTTP11Required
)

var codeNames = [...]string{
	"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
	"REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
}

// String returns the name in the RFC, or the number.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return "error " + strconv.FormatUint(uint64(c), 10)
}

// An Error is what a peer did wrong. With a Stream it ends that stream only, else the connection.
type Error struct {
	Code   Code
	Stream uint32
	Reason string // without any of the peer's bytes
}

// Error returns "http2: reason (CODE)".
func (e *Error) Error() string { return "http2: " + e.Reason + " (" + e.Code.String() + ")" }

func broken(code Code, reason string) *Error { return &Error{Code: code, Reason: reason} }
