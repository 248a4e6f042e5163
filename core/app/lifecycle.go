// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import "github.com/torsion-go/torsion/core/deferred"

// This file is where those who started the program, or who come after it, are told how it fares: a service manager, and a successor. App has a field for each.

// A Notifier is told of the turns of the program's life, such as a service manager. Its methods are called on the loop and must not block.
type Notifier interface {
	// Ready is called when the service has started, and again after a reload.
	Ready()
	// Reloading is called before a reload.
	Reloading()
	// Stopping is called when the program begins to stop, unless a successor has taken over.
	Stopping()
}

// A Succeed function starts the process that takes over, on SIGUSR2, and fires when that is ready, whereupon this one stops, or with an error, whereupon it
// goes on. Loop only.
type Succeed func(env *Env) *deferred.Deferred[struct{}]
