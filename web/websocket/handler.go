// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import "github.com/torsion-go/torsion/web/internal/ws"

// A Kind says what a message holds.
type Kind uint8

// The kinds of messages.
const (
	Text   Kind = Kind(ws.Text) // UTF-8
	Binary Kind = Kind(ws.Binary)
)

// String returns "text" or "binary".
func (k Kind) String() string { return ws.Opcode(k).String() }

// A Handler is what one connection is to a program. Its methods are called on the loop of the connection, and never overlap. A panic in one of them is logged and ends the connection. [Base] has methods
// that do nothing; [Func] is a Handler that looks at messages only.
//
// A Handler may also be a [PartHandler] or a [PongHandler].
type Handler interface {
	// Open is called once and first.
	Open(c *Conn)
	// Message is called for each message. p is lent until return, and may be changed until then. Text is UTF-8.
	Message(c *Conn, kind Kind, p []byte)
	// Close is called once and last, when the connection is gone. err is never nil.
	Close(c *Conn, err *CloseError)
}

// A PartHandler is a Handler that takes messages in parts, as they come: Part is called in place of Message. A part of a text may begin or end inside of a character. last is set for the
// last part of a message, which may be empty. Compressed messages are still held until they are complete.
type PartHandler interface {
	Handler
	Part(c *Conn, kind Kind, p []byte, last bool)
}

// A PongHandler is a Handler that is told of the answers to [Conn.Ping]. p is what the Ping had, and lent until return.
type PongHandler interface {
	Handler
	Pong(c *Conn, p []byte)
}

// Base has the methods of a Handler, each of which does nothing. Embed it and write only those that you need.
type Base struct{}

// Open does nothing.
func (Base) Open(*Conn) {}

// Message ignores p.
func (Base) Message(*Conn, Kind, []byte) {}

// Close does nothing.
func (Base) Close(*Conn, *CloseError) {}

// Func makes a Handler of a function that is called for each message.
type Func func(c *Conn, kind Kind, p []byte)

// Open does nothing.
func (Func) Open(*Conn) {}

// Message calls f.
func (f Func) Message(c *Conn, kind Kind, p []byte) { f(c, kind, p) }

// Close does nothing.
func (Func) Close(*Conn, *CloseError) {}

var (
	_ Handler = Base{}
	_ Handler = Func(nil)
)
