// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package gateway

import (
	"fmt"
	"sync"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Dialer makes the client of an endpoint string once for each loop. Safe from any goroutine.
type Dialer struct {
	Address string
	// Dial, if not nil, is asked instead.
	Dial func(loop protocol.Loop) (endpoint.Client, error)

	clients sync.Map // of endpoint.Client by protocol.Loop
}

// Client returns the client whose connections belong to loop.
func (d *Dialer) Client(loop protocol.Loop) (endpoint.Client, error) {
	if c, ok := d.clients.Load(loop); ok {
		return c.(endpoint.Client), nil
	}
	c, err := d.make(loop)
	if err == nil {
		d.clients.Store(loop, c)
	}
	return c, err
}

func (d *Dialer) make(loop protocol.Loop) (endpoint.Client, error) {
	if d.Dial != nil {
		return d.Dial(loop)
	}
	r, ok := loop.(endpoint.Reactor)
	if !ok {
		return nil, fmt.Errorf("the loop of the connection cannot connect to %s: it is no endpoint.Reactor", d.Address)
	}
	return endpoint.ClientFromString(r, d.Address)
}
