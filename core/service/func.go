// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"context"
	"errors"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Goroutine is a Service that is a function on a goroutine of its own; see Func. Loop only.
type Goroutine struct {
	node
	life   life
	f      func(ctx context.Context, ready func()) error
	cancel context.CancelCauseFunc // not nil while f runs
	gone   waiters
	ending ending
}

var _ Ender = (*Goroutine)(nil)

// Func makes a Service of ordinary Go code, which may block. Start calls f on a new goroutine and fires when f calls ready, from any goroutine, or with the error or
// the panic that ends f before. Stop ends ctx, with the cause ErrStopped, and fires when f has returned: f is to heed ctx, as the end of the loop ends it too. A return
// without being asked is the end of the service, as Ended tells: nil when its work is done, else an error, or the *deferred.Failure of a panic. Once Stop was
// called, an error other than context.Canceled and ErrStopped is Stop's.
//
// suture: Serve.
func Func(loop protocol.Loop, f func(ctx context.Context, ready func()) error) *Goroutine {
	g := &Goroutine{node: node{loop: loop}, f: f}
	g.life = life{loop: loop, up: g.begin, down: g.stop}
	return g
}

// Start calls the function.
func (g *Goroutine) Start() *deferred.Deferred[struct{}] { return g.life.Start() }

// Stop ends its context and waits for it.
func (g *Goroutine) Stop() *deferred.Deferred[struct{}] { return g.life.Stop() }

// Ended fires when the function has returned.
func (g *Goroutine) Ended() *deferred.Deferred[struct{}] { return g.ending.ended(g.loop) }

func (g *Goroutine) begin() *deferred.Deferred[struct{}] {
	g.ending.begin()
	started := deferred.New[struct{}](g.loop)
	fire := func(err error) {
		switch {
		case started.Called():
		case err != nil:
			started.Errback(err)
		default:
			started.Callback(struct{}{})
		}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	g.cancel = cancel
	ready := func() { g.loop.CallFromThread(func() { fire(nil) }) }
	// Stop waits for it.
	deferred.FromFunc(ctx, g.loop, func(ctx context.Context) (struct{}, error) { return struct{}{}, g.f(ctx, ready) }).Done(func(_ struct{}, err error) {
		if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))) {
			err = nil
		}
		cancel(nil)
		g.cancel = nil
		gone := g.gone
		g.gone = nil
		if g.life.state == Stopping {
			g.ending.end(nil)
		} else {
			g.ending.end(err)
		}
		gone.fire(err)
		fire(err) // last: who waits may start it again
	})
	return started
}

func (g *Goroutine) stop() *deferred.Deferred[struct{}] {
	g.ending.end(nil)
	if g.cancel == nil {
		return g.life.done()
	}
	d := g.gone.add(g.loop)
	g.cancel(ErrStopped)
	return d
}
