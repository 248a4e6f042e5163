// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A race is the attempts to connect to one host by several addresses. With addresses A, B, C and a delay of 0.3 s:
//
//	0.0 s  A is tried
//	0.3 s  A has no answer yet: B is tried as well
//	0.4 s  B is refused: C is tried at once, A goes on
//	0.5 s  A connects: C is given up
//
// Loop only.
type race struct {
	loop    protocol.Loop
	where   string
	delay   time.Duration
	attempt func(netip.AddrPort, protocol.Factory) *deferred.Deferred[protocol.Protocol]
	factory protocol.Factory
	addrs   []netip.AddrPort // still to be tried

	result  *deferred.Deferred[protocol.Protocol]
	timer   protocol.DelayedCall
	running []*deferred.Deferred[protocol.Protocol]
	errs    []error
	over    bool
}

func (r *race) start() *deferred.Deferred[protocol.Protocol] {
	r.result = deferred.NewCancellable(r.loop, func(d *deferred.Deferred[protocol.Protocol]) {
		r.end()
		d.Errback(canceled(r.where, deferred.ErrCancelled))
	})
	r.next()
	return r.result
}

// next tries one address more, and plans the one after it.
func (r *race) next() {
	if r.timer != nil && r.timer.Active() {
		r.timer.Cancel()
	}
	addr := r.addrs[0]
	r.addrs = r.addrs[1:]
	if len(r.addrs) > 0 {
		if r.timer == nil {
			r.timer = r.loop.CallLater(r.delay, r.next)
		} else {
			r.timer.Rearm(r.delay)
		}
	}
	d := r.attempt(addr, r.factory)
	r.running = append(r.running, d)
	d.Done(func(p protocol.Protocol, err error) { r.ended(d, p, err) })
}

func (r *race) ended(d *deferred.Deferred[protocol.Protocol], p protocol.Protocol, err error) {
	if r.over {
		return // it was given up
	}
	for i, other := range r.running {
		if other == d {
			r.running = append(r.running[:i], r.running[i+1:]...)
			break
		}
	}
	switch {
	case err == nil:
		r.end()
		r.result.Callback(p)
		return
	case len(r.addrs) == 0 && len(r.running) == 0:
		r.errs = append(r.errs, err)
		r.end()
		r.result.Errback(&AttemptsError{Addr: r.where, Errs: r.errs})
		return
	}
	r.errs = append(r.errs, err)
	if len(r.addrs) > 0 {
		r.next()
	}
}

// end gives up what is still under way.
func (r *race) end() {
	r.over = true
	if r.timer != nil && r.timer.Active() {
		r.timer.Cancel()
	}
	for _, d := range r.running {
		d.Cancel()
	}
	r.running = nil
}

// An AttemptsError is the failure of all attempts to connect to a host. errors.Is and errors.As look into each.
type AttemptsError struct {
	// Addr is what was connected to, as the caller wrote it.
	Addr string
	// Errs has the errors in the order in which the attempts failed, at least one.
	Errs []error
}

// Error tells the number of attempts and the last error.
func (e *AttemptsError) Error() string {
	if len(e.Errs) == 1 {
		return fmt.Sprintf("connect %s: %v", e.Addr, e.Last())
	}
	return fmt.Sprintf("connect %s: %d attempts failed, the last one: %v", e.Addr, len(e.Errs), e.Last())
}

// Last returns the error of the attempt that failed last.
func (e *AttemptsError) Last() error { return e.Errs[len(e.Errs)-1] }

// Unwrap returns all errors.
func (e *AttemptsError) Unwrap() []error { return e.Errs }

// Timeout reports whether the last attempt failed for want of time, as net.Error asks.
func (e *AttemptsError) Timeout() bool {
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](e.Last())
	return ok && t.Timeout()
}

// Temporary returns false, as net.Error asks.
func (e *AttemptsError) Temporary() bool { return false }
