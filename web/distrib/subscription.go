// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package distrib

import (
	"errors"
	"log/slog"
	"net/netip"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/proxy"
)

// A SubscriptionConfig says where requests go. Only Address is needed.
type SubscriptionConfig struct {
	// Address describes the publisher's endpoint: unix:/run/app/web, tcp:10.0.0.7:8080, tls:app.example.org:8443.
	Address string
	// User tells who sends a request, to be handed on, and whether somebody has logged in; nil means that nobody has. For package httpauth:
	//
	//	func(r *web.Request) (string, bool) { id, ok := httpauth.User(r); return string(id), ok }
	User func(r *web.Request) (string, bool)
	// Trusted are the networks of proxies in front of this process; see proxy.ReverseConfig.
	Trusted []netip.Prefix
	// Limits and Timeouts are those of connections; requests wait 10 s for one unless Timeouts says otherwise.
	Limits   proxy.Limits
	Timeouts proxy.Timeouts
	// Registry has the types of endpoints; nil means the built-in ones.
	Registry *endpoint.Registry
	// Logger hears of failures; nil means slog.Default().
	Logger *slog.Logger
}

// A Subscription is a Leaf that has a publisher answer for what is below it: the part of the path that led here is not handed on, and put before what the publisher's redirects and cookies say. Twisted:
// ResourceSubscription.
type Subscription struct {
	proxy *proxy.Reverse
	user  func(r *web.Request) (string, bool)
}

// NewSubscription returns a Subscription. It connects when it is asked.
func NewSubscription(cfg SubscriptionConfig) (*Subscription, error) {
	return newSubscription(cfg, "", -1)
}

// newSubscription checks who is at the other end of the socket path, unless uid is negative.
func newSubscription(cfg SubscriptionConfig, path string, uid int) (*Subscription, error) {
	reverse := proxy.ReverseConfig{
		Upstreams: []string{cfg.Address}, PreserveHost: true, RewriteCookies: true, Trusted: cfg.Trusted, Limits: cfg.Limits, Timeouts: cfg.Timeouts, Registry: cfg.Registry, Logger: cfg.Logger,
	}
	if uid >= 0 {
		reverse.Dial = func(loop protocol.Loop, _ string) (endpoint.Client, error) {
			r, ok := loop.(endpoint.Reactor)
			if !ok {
				return nil, errors.New("distrib: the loop of the connection cannot connect: it is no endpoint.Reactor")
			}
			c := &endpoint.UNIXClient{Reactor: r, Path: path}
			return endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
				return c.Connect(&guarded{f, []int{uid}})
			}), nil
		}
	}
	p, err := proxy.NewReverse(reverse)
	if err != nil {
		return nil, err
	}
	return &Subscription{p, cfg.User}, nil
}

// IsLeaf returns true.
func (s *Subscription) IsLeaf() bool { return true }

// Render hands r on.
func (s *Subscription) Render(r *web.Request) {
	name := ""
	if s.user != nil {
		if u, ok := s.user(r); ok {
			name = u
		}
	}
	if !giveUser(r, name) {
		r.Error(400, "Connection names a field that is not the client's.")
		return
	}
	s.proxy.Render(r)
}

// Close closes the connections that are not in use. Requests under way are finished; later ones are answered with 503.
func (s *Subscription) Close() { s.proxy.Close() }

var _ web.Leaf = (*Subscription)(nil)
