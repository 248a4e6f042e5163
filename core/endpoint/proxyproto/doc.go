// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package proxyproto reads and writes the header of the PROXY protocol, versions 1 and 2, by which a proxy tells a server whom it is talking for. It does no
// I/O. The endpoint package's haproxy endpoint is built on it.
//
// # Typical use
//
//	h, n, err := proxyproto.Parse(buf)
//	switch {
//	case errors.Is(err, proxyproto.ErrIncomplete):
//		// read more, append it to buf, and ask again
//	case err != nil:
//		// not a header: close the connection
//	default:
//		buf = buf[n:] // what follows the header
//	}
//
// # Rules
//
// A version 1 line has at most 107 bytes, its end included; fields are separated by one blank; numbers have no sign and no leading zero. A version 2 header may
// arrive in any number of pieces; its addresses must fit its length; TLVs are skipped and the CRC32c that one of them may hold is not verified. A header
// that can be no header is refused at the first byte that shows it.
//
// # Concurrency
//
// Functions without state and immutable values: safe from any goroutine.
//
// The protocol is described in "The PROXY protocol, versions 1 & 2" of the HAProxy project. Twisted: protocols.haproxy.
package proxyproto
