// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import "strconv"

// An Opcode says what a frame is (RFC 6455 section 5.2).
type Opcode uint8

// The opcodes of RFC 6455. All others are reserved.
const (
	Continuation Opcode = 0x0
	Text         Opcode = 0x1
	Binary       Opcode = 0x2
	Close        Opcode = 0x8
	Ping         Opcode = 0x9
	Pong         Opcode = 0xa
)

// IsControl reports whether frames with o are control frames: they are never fragmented, and may stand between the fragments of a message.
func (o Opcode) IsControl() bool { return o&0x8 != 0 }

// known reports whether o is one of RFC 6455.
func (o Opcode) known() bool { return o <= Binary || Close <= o && o <= Pong }

// String returns the name of o.
func (o Opcode) String() string {
	switch o {
	case Continuation:
		return "continuation"
	case Text:
		return "text"
	case Binary:
		return "binary"
	case Close:
		return "close"
	case Ping:
		return "ping"
	case Pong:
		return "pong"
	}
	return "opcode " + strconv.Itoa(int(o))
}

// A Role says at which end of the connection something stands. Clients mask what they send, servers must not (RFC 6455 section 5.1).
type Role uint8

// The two ends.
const (
	Server Role = iota
	Client
)

// String returns "server" or "client".
func (r Role) String() string {
	if r == Client {
		return "client"
	}
	return "server"
}
