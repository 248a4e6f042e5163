// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

// An Error is what a peer did that ends the connection, or the handshake. The errors of limits are the variables below, so that they can be told apart and counted.
type Error struct {
	Code   Code   // to send in the Close frame
	Reason string // without any of the peer's bytes
}

// Error returns "websocket: reason (1002 (protocol error))".
func (e *Error) Error() string { return "websocket: " + e.Reason + " (" + e.Code.String() + ")" }

// What a [Reader] returns when one of its [Limits] strikes.
var (
	ErrFrameSize   = &Error{MessageTooBig, "frame is longer than the limit"}
	ErrMessageSize = &Error{MessageTooBig, "message is longer than the limit"}
	ErrRatio       = &Error{MessageTooBig, "compressed message grows beyond the limit"}
	ErrFragments   = &Error{PolicyViolation, "message has more fragments than the limit"}
	ErrControls    = &Error{PolicyViolation, "too many control frames"}
)

// IsLimit reports whether e is one of the errors of limits.
func (e *Error) IsLimit() bool {
	switch e {
	case ErrFrameSize, ErrMessageSize, ErrRatio, ErrFragments, ErrControls:
		return true
	}
	return false
}

// What a peer does against RFC 6455 and 7692.
var (
	errReserved    = &Error{ProtocolError, "reserved bit is set"}
	errCompressed  = &Error{ProtocolError, "compression bit on a frame that does not begin a message"}
	errOpcode      = &Error{ProtocolError, "reserved opcode"}
	errFragmented  = &Error{ProtocolError, "fragmented control frame"}
	errControlSize = &Error{ProtocolError, "control frame is longer than 125 bytes"}
	errUnmasked    = &Error{ProtocolError, "client's frame is not masked"}
	errMasked      = &Error{ProtocolError, "server's frame is masked"}
	errMinimal     = &Error{ProtocolError, "length is not in its shortest form"}
	errLength      = &Error{ProtocolError, "length has its highest bit set"}
	errNoMessage   = &Error{ProtocolError, "continuation of no message"}
	errInterleaved = &Error{ProtocolError, "new message inside of a fragmented one"}
	errUTF8        = &Error{InvalidPayload, "text is not UTF-8"}
	errInflate     = &Error{InvalidPayload, "compressed message is damaged"}
	errCloseLength = &Error{ProtocolError, "close frame of one byte"}
	errCloseCode   = &Error{ProtocolError, "invalid close code"}
	errCloseReason = &Error{InvalidPayload, "reason of close is not UTF-8"}
)
