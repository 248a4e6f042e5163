// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxyproto

import (
	"errors"
	"fmt"

	"github.com/torsion-go/torsion/core/protocol"
)

// MaxV1 is the longest line of version 1, its CR LF included, in bytes.
const MaxV1 = 107

// MaxV2 is the default bound on what follows the 16 fixed bytes of version 2, in bytes: the addresses and the TLVs.
const MaxV2 = 4096

// ErrIncomplete is returned by [Parse] when the bytes may become a header and more are needed.
var ErrIncomplete = errors.New("proxyproto: incomplete header")

// A Header tells the original ends of a connection.
type Header struct {
	// Version is 1 or 2.
	Version int
	// Local is true when the header names nobody, so that the connection's real addresses hold: UNKNOWN in version 1, the LOCAL command, or an
	// unspecified family or protocol in version 2. Source and Destination are invalid then.
	Local bool
	// Source is the address of the client, Destination the one that it connected to.
	Source, Destination protocol.Addr
}

// A SyntaxError tells why bytes are no PROXY header.
type SyntaxError struct {
	// Version is 1 or 2, or 0 when the bytes begin like neither.
	Version int
	// Reason tells what is wrong.
	Reason string
}

// Error returns "proxyproto: version N: reason".
func (e *SyntaxError) Error() string {
	if e.Version == 0 {
		return "proxyproto: " + e.Reason
	}
	return fmt.Sprintf("proxyproto: version %d: %s", e.Version, e.Reason)
}

func syntax(version int, format string, args ...any) error {
	return &SyntaxError{Version: version, Reason: fmt.Sprintf(format, args...)}
}

// Limits bounds what [Limits.Parse] takes. The zero Limits has the defaults.
type Limits struct {
	// MaxV2 bounds the length field of version 2, in bytes; 0 means the constant MaxV2.
	MaxV2 int
}

// Parse calls Limits.Parse with the default limits.
func Parse(b []byte) (Header, int, error) { return Limits{}.Parse(b) }

// Parse reads the header that b begins with and returns how many bytes it takes. The error is [ErrIncomplete] when more bytes are needed, and a
// *SyntaxError when b can never become a header. b is not kept.
func (l Limits) Parse(b []byte) (Header, int, error) {
	if len(b) == 0 {
		return Header{}, 0, ErrIncomplete
	}
	switch b[0] {
	case prefix1[0]:
		return parse1(b)
	case signature[0]:
		limit := l.MaxV2
		if limit <= 0 {
			limit = MaxV2
		}
		return parse2(b, limit)
	}
	return Header{}, 0, syntax(0, "the connection does not begin with a PROXY header")
}

// Append adds the header to dst. It fails when Version is not 1 or 2, when the two addresses are not of one family, and when the version cannot express them:
// version 1 knows TCP over IPv4 and IPv6 only.
func (h Header) Append(dst []byte) ([]byte, error) {
	switch h.Version {
	case 1:
		return h.append1(dst)
	case 2:
		return h.append2(dst)
	}
	return dst, fmt.Errorf("proxyproto: append: no version %d", h.Version)
}

// inexpressible is the error for addresses that a version has no form for.
func (h Header) inexpressible() error {
	return fmt.Errorf("proxyproto: append: version %d cannot express %s %q and %s %q", h.Version,
		h.Source.Network(), h.Source, h.Destination.Network(), h.Destination)
}
