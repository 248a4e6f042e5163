// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import (
	"strconv"
	"unicode/utf8"
)

// A Code is a status code of a Close frame (RFC 6455 section 7.4, and the registry of IANA).
type Code uint16

// The codes that have a meaning. NoStatus, Abnormal and TLSHandshake are never sent.
const (
	NormalClosure      Code = 1000
	GoingAway          Code = 1001
	ProtocolError      Code = 1002
	UnsupportedData    Code = 1003
	NoStatus           Code = 1005 // the Close frame was empty
	Abnormal           Code = 1006 // there was no Close frame
	InvalidPayload     Code = 1007
	PolicyViolation    Code = 1008
	MessageTooBig      Code = 1009
	MandatoryExtension Code = 1010
	InternalError      Code = 1011
	ServiceRestart     Code = 1012
	TryAgainLater      Code = 1013
	BadGateway         Code = 1014
	TLSHandshake       Code = 1015
)

// IsValid reports whether c may stand in a Close frame: a code of the registry that is not for local use only (1000-1003, 1007-1014), of a library or framework
// (3000-3999), or of an application (4000-4999).
func (c Code) IsValid() bool {
	switch {
	case c < 1000:
		return false
	case c <= 1003, 1007 <= c && c <= 1014:
		return true
	}
	return 3000 <= c && c <= 4999
}

var codeNames = map[Code]string{
	NormalClosure: "normal closure", GoingAway: "going away", ProtocolError: "protocol error", UnsupportedData: "unsupported data",
	NoStatus: "no status", Abnormal: "abnormal closure", InvalidPayload: "invalid payload", PolicyViolation: "policy violation",
	MessageTooBig: "message too big", MandatoryExtension: "mandatory extension missing", InternalError: "internal error",
	ServiceRestart: "service restart", TryAgainLater: "try again later", BadGateway: "bad gateway", TLSHandshake: "TLS handshake failed",
}

// String returns the number with its meaning, if it has one: "1000 (normal closure)".
func (c Code) String() string {
	s := strconv.Itoa(int(c))
	if name, ok := codeNames[c]; ok {
		s += " (" + name + ")"
	}
	return s
}

// MaxReason is the length in bytes of the longest reason that fits into a Close frame.
const MaxReason = maxControl - 2

// CutReason returns the beginning of s that fits into a Close frame: at most [MaxReason] bytes, whole characters only, up to the first byte that is not UTF-8.
func CutReason(s string) string {
	n := 0
	for n < len(s) {
		c, size := utf8.DecodeRuneInString(s[n:])
		if c == utf8.RuneError && size == 1 || n+size > MaxReason {
			break
		}
		n += size
	}
	return s[:n]
}

// parseClose takes the payload of a Close frame apart.
func parseClose(p []byte) (Code, []byte, error) {
	if len(p) == 0 {
		return NoStatus, nil, nil
	}
	if len(p) == 1 {
		return 0, nil, errCloseLength
	}
	c := Code(p[0])<<8 | Code(p[1])
	switch {
	case !c.IsValid():
		return 0, nil, errCloseCode
	case !utf8.Valid(p[2:]):
		return 0, nil, errCloseReason
	}
	return c, p[2:], nil
}
