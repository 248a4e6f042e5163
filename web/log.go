// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// maxLines is how many errors of resources are logged in one second: clients decide how often they happen, and a panic has its stack.
const maxLines = 10

// lines bounds them.
type lines struct{ second, count, held atomic.Int64 }

// complain logs an error of a resource, with what is known of the connection. The first line after some that were left out tells how many.
func (r *Request) complain(msg string, args ...any) {
	s, now := r.s.server(), r.Loop().Now()
	n := &s.lines
	if second := now.Unix(); n.second.Swap(second) != second {
		n.count.Store(0)
	}
	if n.count.Add(1) > maxLines {
		n.held.Add(1)
		return
	}
	args = append(protocol.LogAttrs(r.s.transport(), "method", r.Method, "uri", r.URI), args...)
	if id, ok := RequestID.Get(r); ok {
		args = append(args, "request", id)
	}
	if held := n.held.Swap(0); held > 0 {
		args = append(args, "unlogged", held)
	}
	s.log.Error(msg, args...)
}

// report logs that a client was refused or cut off: once a second at most, since clients decide how often it happens. The counters tell of the others.
func (s *Site) report(now time.Time, t protocol.Transport, what string) {
	sec := now.Unix()
	if last := s.reported.Load(); last == sec || !s.reported.CompareAndSwap(last, sec) {
		return
	}
	s.log.Info("web: client refused", protocol.LogAttrs(t, "reason", what)...)
}
