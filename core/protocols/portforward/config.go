// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package portforward

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Config tells where to forward to, and how. One of Upstream and Dial is to be set.
type Config struct {
	// Upstream connects to the upstream, on the loop of the server's connections. For servers with one loop.
	Upstream endpoint.Client
	// Dial makes the client with which a loop connects to the upstream. It is called once for each loop, on that loop. See ToString.
	Dial func(loop endpoint.Reactor) (endpoint.Client, error)
	// ConnectTimeout bounds the time until the upstream is connected. 0 means protocol.ConnectTimeout.
	ConnectTimeout time.Duration
	// ProxyHeader is the version of the PROXY protocol, 1 or 2, by which the upstream is told of the client. 0 means none.
	ProxyHeader int
	// Limits bound the accepted connections. The zero value sets no bounds but the port's and the reactor's.
	Limits policy.Limits
	// AccessLog logs a line at the level of information when a connection ends.
	AccessLog bool
	// Logger hears of upstreams that cannot be reached, at most ten times a second, and of connections. nil means slog.Default().
	Logger *slog.Logger
}

// ToString returns a Dial for a description of a client, such as tcp:10.0.0.7:5432 or unix:/run/app. A nil registry means the built-in types.
func ToString(g *endpoint.Registry, description string) func(loop endpoint.Reactor) (endpoint.Client, error) {
	if g == nil {
		g = endpoint.NewRegistry()
	}
	return func(loop endpoint.Reactor) (endpoint.Client, error) { return g.ClientFromString(loop, description) }
}

func (c Config) withDefaults() (Config, error) {
	switch {
	case (c.Upstream == nil) == (c.Dial == nil):
		return c, errors.New("portforward: Config: set one of Upstream and Dial")
	case c.ProxyHeader < 0 || c.ProxyHeader > 2:
		return c, fmt.Errorf("portforward: Config.ProxyHeader: there is no version %d of the PROXY protocol", c.ProxyHeader)
	case c.ConnectTimeout < 0:
		return c, fmt.Errorf("portforward: Config.ConnectTimeout is negative: %v", c.ConnectTimeout)
	case c.ConnectTimeout == 0:
		c.ConnectTimeout = protocol.ConnectTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}
