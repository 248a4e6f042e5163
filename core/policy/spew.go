// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"context"
	"log/slog"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// Spew returns a Middleware that logs all that happens on each connection at the level of debugging, the first max bytes of each piece included, quoted; 0 means
// 256. nil means slog.Default(). While the logger does not take that level it costs nothing but the look. What it logs may be passwords: it is for debugging.
// Twisted: SpewingFactory.
func Spew(log *slog.Logger, max int) Middleware {
	if log == nil {
		log = slog.Default()
	}
	if max <= 0 {
		max = 256
	}
	return Wrap(func(peer net.Addr) Hook {
		if !log.Enabled(context.Background(), slog.LevelDebug) {
			return nil
		}
		return &spewer{log: log.With("peer", peer.String()), max: max}
	})
}

type spewer struct {
	log *slog.Logger
	max int
}

func (s *spewer) Made(t protocol.Transport) error {
	s.log.Debug("policy: connection made", "local", t.LocalAddr().String())
	return nil
}

func (s *spewer) Received(_ protocol.Transport, p []byte) { s.data("policy: received", p) }
func (s *spewer) Sent(_ protocol.Transport, p []byte)     { s.data("policy: sent", p) }

func (s *spewer) data(what string, p []byte) {
	s.log.Debug(what, "bytes", len(p), "data", quoted(p, s.max))
}

func (s *spewer) Lost(_ protocol.Transport, reason error) {
	s.log.Debug("policy: connection lost", "reason", reason)
}
