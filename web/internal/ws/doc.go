// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package ws is the codec of WebSocket (RFC 6455) with permessage-deflate (RFC 7692), for both ends, and does no I/O: bytes in, events out, and the other way round.
//
// # Typical use
//
//	r, w := ws.NewReader(ws.Server, &limits, nil), ws.NewWriter(ws.Server, nil, nil)
//	for { // p was received
//		ev, n, err := r.Next(p)
//		p = p[n:]
//		switch {
//		case err != nil: // an *Error: send w.AppendClose(nil, err.Code, ""), and end the connection
//		case ev.Kind == ws.NoEvent: // all of p was read
//			return
//		case ev.Kind == ws.MessageEvent:
//			out = w.AppendMessage(out, ev.Opcode, ev.Data) // an echo
//		case ev.Kind == ws.PingEvent:
//			out = w.AppendPong(out, ev.Data)
//		case ev.Kind == ws.CloseEvent:
//			out = w.AppendClose(out, ev.Code, "")
//		}
//	}
//
// A [Reader] checks, unmasks in place, and puts messages together: one that is wholly in the bytes given is lent from there, without a copy. A [Writer] appends frames to a
// slice. [Header] and [Mask] are the parts that they are made of. [CheckRequest], [CheckResponse], [ParseExtensions], [Compression] and what is named like them serve the
// opening handshake.
//
// A connection that is quiet costs the two structs, some 200 bytes, and no buffers: what is half received is held in pooled buffers, and compressors and decompressors are
// pooled and used for one message at a time. Only where both ends agree that messages refer to the ones before, which [Compression] does not do by default, the last bytes of those
// are held: up to 32 KiB of what was received and 8 KiB of what was sent.
//
// What a peer can make grow has a bound in [Limits]. Each violation is an [*Error] with the code to close with.
//
// # Concurrency
//
// The types hold no locks; each belongs to one connection. Loop only. Limits, Compression and Params are immutable after start, and may be shared.
//
// # Standards
//
// RFC 6455; RFC 7692 with all of its parameters. Not supported: other extensions; inflating a message before all of it has been received, for want of a decompressor that can
// pause.
package ws
