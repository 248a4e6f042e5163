// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"net"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// tcpOptions is a conn as protocol.TCPTransport.
type tcpOptions conn

var _ protocol.TCPTransport = (*tcpOptions)(nil)

func (o *tcpOptions) open(op string) (*conn, error) {
	c := (*conn)(o)
	c.check(op)
	if c.ended {
		return c, net.ErrClosed
	}
	return c, nil
}

func (o *tcpOptions) NoDelay() (bool, error) {
	c, err := o.open("reactor: Transport.NoDelay")
	if err != nil {
		return false, err
	}
	return c.stream.NoDelay()
}

func (o *tcpOptions) SetNoDelay(on bool) error {
	c, err := o.open("reactor: Transport.SetNoDelay")
	if err != nil {
		return err
	}
	return c.stream.SetNoDelay(on)
}

func (o *tcpOptions) KeepAlive() (bool, error) {
	c, err := o.open("reactor: Transport.KeepAlive")
	if err != nil {
		return false, err
	}
	return c.stream.KeepAlive()
}

func (o *tcpOptions) SetKeepAlive(idle time.Duration) error {
	c, err := o.open("reactor: Transport.SetKeepAlive")
	if err != nil {
		return err
	}
	return c.stream.SetKeepAlive(idle)
}

func (c *tcpConn) NoDelay() (bool, error)   { return (*tcpOptions)(&c.conn).NoDelay() }
func (c *tcpConn) SetNoDelay(on bool) error { return (*tcpOptions)(&c.conn).SetNoDelay(on) }
func (c *tcpConn) KeepAlive() (bool, error) { return (*tcpOptions)(&c.conn).KeepAlive() }
func (c *tcpConn) SetKeepAlive(idle time.Duration) error {
	return (*tcpOptions)(&c.conn).SetKeepAlive(idle)
}
