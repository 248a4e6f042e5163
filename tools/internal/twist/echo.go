// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"maps"
	"net"
	"slices"
	"sync"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
)

var echoPlugin = app.Plugin{
	Name:    "echo",
	Short:   "Send back what comes in (RFC 862)",
	Long:    "Echo sends every byte back. It reads no faster than the client takes the answer.",
	Example: "twist echo --listen tcp:7007\ntwist echo --listen tcp:7007:loops=auto --loops auto",
	New: func(o *usage.Options) app.Maker {
		listen := []string{"tcp:7007"}
		o.Strings(&listen, "listen", "l", `endpoint to listen on (see "twist help endpoints")`).Metavar = "ENDPOINT"
		return func(env *app.Env) (service.Service, error) {
			s := &echoService{env: env, transports: map[protocol.Transport]struct{}{}}
			l, err := newListeners(env, listen, s)
			s.listeners = l
			return s, err
		}
	},
}

// An echoService has its connections on several loops, if the program has several.
type echoService struct {
	*listeners
	env *app.Env

	mu         sync.Mutex
	transports map[protocol.Transport]struct{} // guarded by mu, like gone
	gone       func()                          // is called when the last one is gone
}

var _ service.Binder = (*echoService)(nil)

func (s *echoService) BuildProtocol(net.Addr) (protocol.Protocol, error) { return (*echo)(s), nil }

// Bind opens the ports.
func (s *echoService) Bind() *deferred.Deferred[struct{}] { return s.open() }

// Start opens the ports unless Bind has.
func (s *echoService) Start() *deferred.Deferred[struct{}] {
	if len(s.ports) > 0 {
		return deferred.SucceedOn(s.env.Reactor, struct{}{})
	}
	return s.open()
}

// Stop closes the ports and cuts the connections off: echo has no end of its own to wait for.
func (s *echoService) Stop() *deferred.Deferred[struct{}] {
	return s.close().AddCallbackD(func(struct{}) *deferred.Deferred[struct{}] {
		gone := deferred.New[struct{}](s.env.Reactor)
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.transports) == 0 {
			return deferred.SucceedOn(s.env.Reactor, struct{}{})
		}
		s.gone = func() { s.env.Reactor.CallFromThread(func() { _ = gone.Callback(struct{}{}) }) } // it may be cancelled
		for _, t := range slices.Collect(maps.Keys(s.transports)) {
			t.Loop().CallFromThread(t.AbortConnection)
		}
		return gone
	})
}

// An echo is the service as the protocol of each of its connections.
type echo echoService

func (e *echo) ConnectionMade(t protocol.Transport) {
	e.mu.Lock()
	e.transports[t] = struct{}{}
	e.mu.Unlock()
	if err := t.RegisterProducer(t, protocol.PushProducer); err != nil { // reads only what the peer takes back
		t.AbortConnection()
	}
}

func (e *echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

func (e *echo) ConnectionLost(t protocol.Transport, _ error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if delete(e.transports, t); len(e.transports) == 0 && e.gone != nil {
		e.gone()
		e.gone = nil
	}
}
