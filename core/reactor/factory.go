// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"fmt"
	"net"
	"reflect"
	"runtime/debug"

	"github.com/torsion-go/torsion/core/protocol"
)

// buildProtocol asks the factory for a protocol. It returns protocol.ErrNoProtocol when there is none; other errors were logged.
func (l *Loop) buildProtocol(f protocol.Factory, peer net.Addr, service string) (p protocol.Protocol, err error) {
	defer func() {
		if v := recover(); v != nil {
			stack := debug.Stack()
			if args, ok := l.r.panicLog(l, v, stack); ok {
				l.r.logFor(service).Error("reactor: panic in BuildProtocol: connection closed", append(args, "peer", peer.String(), "factory", fmt.Sprintf("%T", f))...)
			}
			p, err = nil, &protocol.PanicError{Value: v, Stack: stack}
		}
	}()
	p, err = f.BuildProtocol(peer)
	switch {
	case err != nil:
		if args, ok := l.r.lines.factories.Allow(l.Now(), "peer", peer.String(), "factory", fmt.Sprintf("%T", f), "error", err); ok {
			l.r.logFor(service).Error("reactor: BuildProtocol: connection closed", args...)
		}
		return nil, err
	case p == nil:
		return nil, protocol.ErrNoProtocol
	}
	return p, nil
}

// startFactory counts one user of f more. The first one starts it.
func (r *Reactor) startFactory(l *Loop, f protocol.Factory) {
	s, _ := protocol.As[protocol.Starter](f)
	if r.countFactory(f, 1) == 1 && s != nil {
		l.run(s.StartFactory, nil)
	}
}

// stopFactory counts one user of f less. The last one stops it.
func (r *Reactor) stopFactory(l *Loop, f protocol.Factory) {
	s, _ := protocol.As[protocol.Stopper](f)
	if r.countFactory(f, -1) == 0 && s != nil {
		l.run(s.StopFactory, nil)
	}
}

// countFactory returns how many users the factory has now. One that cannot be a key of a map has one user at a time.
func (r *Reactor) countFactory(f protocol.Factory, n int) int {
	var key any
	if s, ok := protocol.As[protocol.Starter](f); ok {
		key = s
	} else if s, ok := protocol.As[protocol.Stopper](f); ok {
		key = s
	}
	if key == nil || !reflect.ValueOf(key).Comparable() {
		return max(n, 0)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.factories[key] += n
	count := r.factories[key]
	if count == 0 {
		delete(r.factories, key)
	}
	return count
}

// cannotListen returns err as a *protocol.CannotListenError.
func cannotListen(addr string, err error) error {
	if e, ok := errors.AsType[*protocol.CannotListenError](err); ok {
		return e
	}
	return &protocol.CannotListenError{Addr: addr, Err: err}
}
