// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package memory

import (
	"log/slog"

	"github.com/torsion-go/torsion/core/protocol"
)

// A Side describes one end of a connection.
type Side struct {
	Loop    protocol.Loop
	Factory protocol.Factory // is asked for the protocol on Loop
	Addr    protocol.Addr    // the local address of this side and the peer's of the other
	// Made, if not nil, is called on Loop after ConnectionMade, or with an error that matches protocol.ErrNoProtocol or is the factory's when there is no protocol.
	Made func(p protocol.Protocol, err error)
}

// A Config holds what both sides have in common.
type Config struct {
	Policy Policy
	Window int          // in bytes, for each direction; 0 means DefaultWindow
	Logger *slog.Logger // for panics and factories that fail; nil means slog.Default()
}

// A Conn is one end of a connection: the transport of its protocol.
type Conn struct {
	Face
	end end
}

// Connect connects two sides. Their factories are asked, and ConnectionMade is called, on later turns of their loops. A side whose factory gives no protocol
// closes, and the other loses the connection. Safe from any goroutine.
func Connect(a, b Side, cfg Config) (*Conn, *Conn) {
	if cfg.Window <= 0 {
		cfg.Window = DefaultWindow
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	ab, ba := &pipe{window: cfg.Window}, &pipe{window: cfg.Window}
	ca := &Conn{end: end{side: a, remote: b.Addr, cfg: cfg, in: ba, out: ab}}
	cb := &Conn{end: end{side: b, remote: a.Addr, cfg: cfg, in: ab, out: ba}}
	ca.end.peer, cb.end.peer = &cb.end, &ca.end
	ca.Face.Init(&ca.end, ca)
	cb.Face.Init(&cb.end, cb)
	ca.end.t, cb.end.t = ca, cb
	ca.end.posted.Store(true) // an end whose loop ends meanwhile must not wake the other one yet
	cb.end.posted.Store(true)
	ca.end.attend()
	cb.end.attend()
	a.Loop.CallFromThread(ca.end.turn)
	b.Loop.CallFromThread(cb.end.turn)
	return ca, cb
}
