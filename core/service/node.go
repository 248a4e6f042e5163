// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"log/slog"

	"github.com/torsion-go/torsion/core/protocol"
)

// A node is what every service here knows of its place: its loop, its path in the tree and where it logs.
type node struct {
	loop protocol.Loop
	own  *slog.Logger // from the configuration; may be nil
	up   *slog.Logger // that of the group it is in; may be nil
	path string       // "" outside of a group
}

// A placed service is told where in a tree it is.
type placed interface {
	place(path string, log *slog.Logger)
}

func (n *node) place(path string, log *slog.Logger) { n.path, n.up = path, log }

// logger returns the service's own logger, or that of its group, or of its loop.
func (n *node) logger() *slog.Logger {
	switch {
	case n.own != nil:
		return n.own
	case n.up != nil:
		return n.up
	}
	if l, ok := n.loop.(interface{ Logger() *slog.Logger }); ok && l.Logger() != nil {
		return l.Logger()
	}
	return slog.Default()
}

// log returns the logger with the service's path.
func (n *node) log() *slog.Logger {
	if n.path == "" {
		return n.logger()
	}
	return n.logger().With("service", n.path)
}

// under returns the path of the child of the given name.
func (n *node) under(name string) string {
	if n.path == "" {
		return name
	}
	return n.path + "/" + name
}
