// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"

	"github.com/torsion-go/torsion/core/protocol"
)

// handledProducer is what the connection knows of the handler's writing.
type handledProducer handled

func (p *handledProducer) set(paused bool) {
	p.mu.Lock()
	p.paused = paused
	p.mu.Unlock()
	p.moved.Broadcast()
}

// Pause has Write wait.
func (p *handledProducer) Pause() { p.set(true) }

// Resume lets Write go on.
func (p *handledProducer) Resume() { p.set(false) }

// Stop lets Write fail, unless there is just nothing to write to, as after HEAD.
func (p *handledProducer) Stop(reason error) {
	if reason == ErrNoBody {
		return
	}
	p.cancel(reason) // before Write fails: the handler may then ask its context why
	(*handled)(p).ended(reason)
}

// errOver is the error of what is written when nobody is there to get it.
var errOver = errors.New("web: the request is over")

// isDetached reports whether the end of the request is that of the connection's service as well.
func (w *handled) isDetached() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.detached
}

// ended has everything that waits fail.
func (w *handled) ended(err error) {
	w.mu.Lock()
	w.gone = err
	w.mu.Unlock()
	w.moved.Broadcast()
}

var _ protocol.Producer = (*handledProducer)(nil)
