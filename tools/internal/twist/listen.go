// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"errors"
	"fmt"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
)

// listeners are the endpoints that a server listens on. Their methods are loop only.
type listeners struct {
	env     *app.Env
	factory protocol.Factory
	servers []endpoint.Server
	about   []any // attributes of the log lines
	ports   []endpoint.Port
}

// newListeners reads what --listen says. It opens nothing but certificates.
func newListeners(env *app.Env, descriptions []string, factory protocol.Factory, about ...any) (*listeners, error) {
	l := &listeners{env: env, factory: factory, about: about}
	for _, description := range descriptions {
		server, err := endpoint.ServerFromString(env.Reactor, description)
		if err != nil {
			return nil, wrongListen(err)
		}
		l.servers = append(l.servers, server)
	}
	return l, nil
}

func wrongListen(err error) error {
	wrong := &app.ExitError{Err: fmt.Errorf("--listen: %w", err)}
	if _, ok := errors.AsType[*endpoint.Error](err); ok {
		wrong.Hint = `see "twist help endpoints"`
	}
	return wrong
}

// open opens all, or none.
func (l *listeners) open() *deferred.Deferred[struct{}] {
	return deferred.Go(l.env.Reactor, func(co *deferred.Coroutine) (struct{}, error) {
		for _, s := range l.servers {
			port, err := deferred.Await(co, s.Listen(l.factory))
			if err != nil {
				_, e := deferred.Await(co, l.close())
				return struct{}{}, wrongListen(errors.Join(err, e))
			}
			l.ports = append(l.ports, port)
		}
		for _, port := range l.ports {
			l.env.Log.Info("listening", append([]any{"address", port.Addr().String()}, l.about...)...)
		}
		return struct{}{}, nil
	})
}

// close closes those that are open.
func (l *listeners) close() *deferred.Deferred[struct{}] {
	var closing []*deferred.Deferred[struct{}]
	for _, port := range l.ports {
		closing = append(closing, port.StopListening().AddErrback(func(err error) (struct{}, error) {
			if errors.Is(err, protocol.ErrNotListening) { // the reactor, which stops, has closed it
				err = nil
			}
			return struct{}{}, err
		}))
	}
	l.ports = nil
	return deferred.Then(deferred.Gather(closing...), func([]struct{}) (struct{}, error) { return struct{}{}, nil })
}
