// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

// Compression is what one end is ready to do of permessage-deflate (RFC 7692). One value serves any number of connections and must not change while it is in use. A zero
// value compresses each message by itself, in both directions: a connection that is quiet holds nothing.
type Compression struct {
	// SendTakeover lets messages that are sent refer to the ones before, if the peer allows it: better for many small messages, at up to 8 KiB of memory for each
	// connection.
	SendTakeover bool
	// ReceiveTakeover lets the peer's messages refer to the ones before, at up to 32 KiB (or 1<<ReceiveBits bytes) of memory for each connection.
	ReceiveTakeover bool
	// SendBits and ReceiveBits are the base-2 logarithms of how far messages may refer back, 9 to 15. 0 means 15. A peer may ask for less. A server can ask a client to keep
	// to ReceiveBits only if the client has offered that; of another, it does not accept takeover.
	SendBits, ReceiveBits int
	// Threshold is the length in bytes of the shortest message that is compressed. 0 means 512, with SendTakeover 128. Less than 0 means that nothing is.
	Threshold int
	// Level is 1 (fast) to 9 (small), see compress/flate. 0 means a compressor without state, which suits short messages best and is as fast as 1.
	Level int
}

func (c *Compression) level() int { return min(max(c.Level, 0), 9) }

func (c *Compression) threshold(takeover bool) int {
	if takeover {
		return or(c.Threshold, 128)
	}
	return or(c.Threshold, 512)
}

func windowBits(n int) uint8 {
	if n == 0 {
		return 15
	}
	return uint8(min(max(n, 9), 15))
}

// A Direction is what was negotiated for one direction of a connection.
type Direction struct {
	Takeover bool  // messages may refer to the ones before
	Bits     uint8 // by at most 1<<Bits bytes
}

// Params is what was negotiated of permessage-deflate: Client for what the client compresses, Server for what the server does.
type Params struct{ Client, Server Direction }

func (p *Params) from(r Role) Direction {
	if r == Client {
		return p.Client
	}
	return p.Server
}
