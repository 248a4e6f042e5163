// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"errors"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/service"
)

var _ service.Drainer = (*board)(nil)

// errStopping ends streams.
var errStopping = errors.New("the site stops")

// Start has nothing to do.
func (b *board) Start() *deferred.Deferred[struct{}] {
	b.stopping = false
	return deferred.SucceedOn(b.threads, struct{}{})
}

// Drain ends the streams: they would go on for ever.
func (b *board) Drain() *deferred.Deferred[struct{}] {
	b.stopping = true
	waiting := b.waiting
	b.waiting = nil
	for d := range waiting {
		d.Errback(errStopping)
	}
	return deferred.SucceedOn(b.threads, struct{}{})
}

// Stop is Drain.
func (b *board) Stop() *deferred.Deferred[struct{}] { return b.Drain() }
