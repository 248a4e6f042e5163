// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing

// A MadeHandler is a handler of C, which is *[Lines], *[Strings] or *[Stateful], that is told when the connection is made.
type MadeHandler[C any] interface {
	ConnectionMade(c C)
}

// A LostHandler is a handler of C that is told of the end. reason is that of protocol.Protocol's ConnectionLost, or matches
// protocol.ErrProtocolViolation when the connection was closed because the peer broke the framing.
type LostHandler[C any] interface {
	ConnectionLost(c C, reason error)
}

// A HandshakeHandler is a handler of C that is told when the TLS handshake is complete.
type HandshakeHandler[C any] interface {
	HandshakeCompleted(c C)
}

func made[C any](handler any, c C) {
	if h, ok := handler.(MadeHandler[C]); ok {
		h.ConnectionMade(c)
	}
}

func lost[C any](handler any, c C, reason error) {
	if h, ok := handler.(LostHandler[C]); ok {
		h.ConnectionLost(c, reason)
	}
}

func handshake[C any](handler any, c C) {
	if h, ok := handler.(HandshakeHandler[C]); ok {
		h.HandshakeCompleted(c)
	}
}
