// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
)

// connections are those of a server on all loops, which end with it. It is the server's factory.
type connections struct {
	protocol.Factory // tells of each connection
	env              *app.Env
	patient          bool // lets them go on for the grace; else they are cut off at once

	mu   sync.Mutex
	set  map[*connection]protocol.Transport // guarded by mu, like those below
	cut  bool                               // no more
	idle chan struct{}                      // not nil while somebody waits; closed when the last one is gone
}

// newConnections returns a factory whose connections are cut off when its service stops: at once, since they have no end of their own to wait for, or after the grace.
func newConnections(env *app.Env, f protocol.Factory, patient bool) *connections {
	c := &connections{env: env, patient: patient, set: map[*connection]protocol.Transport{}}
	c.Factory = policy.Wrap(func(net.Addr) policy.Hook { return &connection{all: c} })(f)
	return c
}

// Unwrap returns the factory within.
func (c *connections) Unwrap() protocol.Factory { return c.Factory }

// Shutdown waits for the connections and cuts off what is left when it may not wait any more.
func (c *connections) Shutdown(ctx context.Context) error {
	gone := c.gone()
	if c.patient {
		select {
		case <-gone:
			return nil
		case <-ctx.Done():
		}
	}
	if n := c.abort(); n > 0 && c.patient {
		c.env.Log.Warn("connections were cut off", "connections", n, "grace", c.env.Grace)
	}
	<-gone
	c.mu.Lock()
	c.cut = false
	c.mu.Unlock()
	return nil
}

// gone returns a channel that is closed when there are none.
func (c *connections) gone() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle == nil {
		c.idle = make(chan struct{})
	}
	gone := c.idle
	c.tell()
	return gone
}

// tell closes idle if it is time. mu is held.
func (c *connections) tell() {
	if len(c.set) == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

// abort cuts off all that there are and refuses more. It returns how many there were, to the first who asks.
func (c *connections) abort() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		return 0
	}
	c.cut = true
	for _, t := range c.set {
		t.Loop().CallFromThread(t.AbortConnection)
	}
	return len(c.set)
}

// A connection is one of them.
type connection struct {
	policy.NoHook
	all *connections
}

var errStopping = errors.New("twist: the server stops")

// Made adds it.
func (c *connection) Made(t protocol.Transport) error {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if c.all.cut {
		return errStopping
	}
	c.all.set[c] = t
	return nil
}

// Lost removes it.
func (c *connection) Lost(protocol.Transport, error) {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	delete(c.all.set, c)
	c.all.tell()
}
