// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

// A Kind says what an [Event] is.
type Kind uint8

// The kinds of events.
const (
	NoEvent      Kind = iota // more bytes are needed
	MessageEvent             // a whole message
	DataEvent                // a piece of a message, of a Reader with Stream
	PingEvent                // answer it by AppendPong with the same Data
	PongEvent
	CloseEvent // the last event: answer it by AppendClose, unless a Close was sent before
)

// String returns the name of k.
func (k Kind) String() string {
	return [...]string{"none", "message", "data", "ping", "pong", "close"}[k]
}

// An Event is something that a [Reader] has read.
type Event struct {
	Kind Kind
	// Opcode is Text or Binary for a message and its pieces, the frame's for others.
	Opcode Opcode
	// First and Final tell the first and the last piece of a message; a whole message is both. The last piece may be empty.
	First, Final bool
	// Code is that of a Close; NoStatus where it had none.
	Code Code
	// Data is the payload, or the reason of a Close. It is lent until the next call of Next, and may be changed until then.
	Data []byte
}
