// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/torsion-go/torsion/core/bridge"
)

// handledDeadline is one of the two of a handler's request. Its fields are guarded by w.mu.
type handledDeadline struct {
	timer  *time.Timer
	turn   int // counts what was set, so that a timer that fired too late to be stopped does nothing
	passed bool
}

// deadline sets d. Whoever waits is concerned too.
func (w *handled) deadline(d *handledDeadline, at time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.turn++
	d.passed = false
	if mine, left := d.turn, time.Until(at); !at.IsZero() && left > 0 {
		d.timer = time.AfterFunc(left, func() {
			w.mu.Lock()
			d.passed = d.passed || d.turn == mine
			w.mu.Unlock()
			w.moved.Broadcast()
		})
	} else if !at.IsZero() {
		d.passed = true
	}
	w.moved.Broadcast()
	return nil
}

// SetReadDeadline sets when reading of the request body fails with os.ErrDeadlineExceeded; the zero time means never. The site's own time limits hold as well.
func (w *handled) SetReadDeadline(at time.Time) error { return w.deadline(&w.body.until, at) }

// SetWriteDeadline sets when writing fails; the response cannot be completed after that.
func (w *handled) SetWriteDeadline(at time.Time) error { return w.deadline(&w.until, at) }

// EnableFullDuplex does nothing: the request body can always be read while the response is written.
func (w *handled) EnableFullDuplex() error { return nil }

// Hijack gives the connection to the handler. The conn blocks, like any other; what came behind the request is read from it first.
func (w *handled) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	switch {
	case w.hijacked:
		return nil, nil, http.ErrHijacked
	case w.committed || len(w.pending) > 0:
		return nil, nil, ErrNotUpgradable
	}
	made, failed := make(chan *bridge.Conn, 1), make(chan error, 1)
	w.loop.CallFromThread(func() {
		if _, ok := w.r.s.(*conn); !ok {
			failed <- fmt.Errorf("web: Hijack: %w", http.ErrNotSupported) // as reverse proxies ask for
			return
		}
		w.mu.Lock()
		gone := w.gone
		w.detached = true // before Detach, which ends the request: what waits is to go on
		w.mu.Unlock()
		err := gone
		if err == nil {
			err = w.r.Detach(bridge.NewProtocol(func(c *bridge.Conn) { made <- c }, nil))
		}
		if err != nil {
			w.mu.Lock()
			w.detached = false
			w.mu.Unlock()
			failed <- err
		}
	})
	select {
	case c := <-made:
		w.hijacked = true
		return c, bufio.NewReadWriter(bufio.NewReader(c), bufio.NewWriter(c)), nil
	case err := <-failed:
		return nil, nil, err
	case <-w.loop.Done():
		return nil, nil, net.ErrClosed
	}
}

// stopTimers lets go of the deadlines.
func (w *handled) stopTimers() {
	w.deadline(&w.until, time.Time{})
	w.deadline(&w.body.until, time.Time{})
}

var _ interface {
	http.Hijacker
	FlushError() error
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
	EnableFullDuplex() error
} = (*handled)(nil)
