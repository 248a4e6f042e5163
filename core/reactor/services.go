// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"log/slog"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/resolver"
)

// What other packages ask a loop for.

// Logger returns the reactor's logger, Config.Logger or slog.Default(). Immutable. Safe from any goroutine.
func (l *Loop) Logger() *slog.Logger { return l.r.log }

// Resolvers returns the resolvers that endpoints of this reactor look names up with, where others can be installed. Safe from any goroutine.
func (l *Loop) Resolvers() *resolver.Installed { return &l.r.resolvers }

// CoroutinePool returns the pool from which deferred.Go takes its coroutines. They belong to the thread that runs the loop, so they end when the loop does, and also when
// Run returns because of Crash. Loop only.
func (l *Loop) CoroutinePool() *deferred.CoroutinePool { return l.coroutines }

// leave ends the coroutines of the loops, which the calling thread will not run any more.
func leave(loops ...*Loop) {
	for _, l := range loops {
		l.coroutines.Close()
		if l.r.state.Load() != over { // it crashed, and may run again on another thread
			l.coroutines = new(deferred.CoroutinePool)
		}
	}
}
