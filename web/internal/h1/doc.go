// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package h1 reads and writes HTTP/1.1 messages (RFC 9112) and does no I/O: bytes in, messages out, whatever the split.
//
// # Typical use
//
//	var p h1.Parser
//	n, err := p.Parse(buf, &head)      // n == 0 && err == nil: more bytes are needed
//	body := h1.NewBody(&head, limits)
//	data, n, err := body.Next(buf)     // until body.Done()
//
// A [Parser] reads request heads, a [Body] takes the framing off a message body, and the Append functions write. The caller owns the buffer: Parse and Next are
// given all bytes that were not consumed yet and tell how many they are done with, so that whatever follows a message is never lost.
//
// What RFC 9112 calls a matter of robustness is refused here when two readers may understand it differently: a bare CR or LF, folded lines, white space before
// a colon, more than one length, anything but digits in a length. The [Error] tells the status to answer with.
//
// # Concurrency
//
// The types hold no locks; each belongs to one connection. Loop only.
package h1
