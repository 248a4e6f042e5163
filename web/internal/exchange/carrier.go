// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"crypto/tls"
	"errors"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A carrier is what carries an exchange: a connection of HTTP/1.1, or a stream of HTTP/2.
type carrier interface {
	conn() *conn
	left() int64
	down() bool // nothing can be sent any more
	writeBody(p []byte, chunked bool)
	finishBody(trailer []h1.Field, chunked bool)
	blocked() bool // the producer is to pause
	begun() bool   // the head of the response has come
	settle()       // after Pause
	proceed()      // after Resume
	drop()
	take(x *Exchange, p protocol.Protocol) error
}

func (c *conn) conn() *conn { return c }

func (c *conn) left() int64 { return c.body.Left() }

func (c *conn) down() bool { return c.lost }

func (c *conn) blocked() bool { return c.full }

func (c *conn) begun() bool { return c.headed }

func (c *conn) proceed() {
	c.wait(c.between())
	if !c.processing {
		c.kick()
	}
}

var errUpgrade = errors.New("http: this exchange cannot be upgraded")

func (c *conn) take(x *Exchange, p protocol.Protocol) error {
	if c.lost || c.up != nil || !c.upgradable {
		return errUpgrade
	}
	x.upgraded, x.over, x.paused = true, true, false
	c.upgrade(p)
	return nil
}

// state returns that of its TLS, or nil.
func (c *conn) state() *tls.ConnectionState {
	if c.tls == nil {
		if t, ok := protocol.As[tlswrap.Transport](c.t); ok {
			if state, ok := t.ConnectionState(); ok {
				c.tls = &state
			}
		}
	}
	return c.tls
}
