// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package finger

import (
	"log/slog"
	"net"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
)

// QueryTimeout is the default of Server.Timeout.
const QueryTimeout = 60 * time.Second

// What a Server answers for want of a hook, as Twisted does.
const (
	refuseUser    = "User not found\n"
	refuseDomain  = "Finger online list denied\n"
	refuseForward = "Finger forwarding service denied\n"
)

// A Server is a factory that answers queries. The zero Server refuses all of them. Its fields are immutable after start. Twisted: Finger.
type Server struct {
	// GetUser answers a query for a user. Twisted: getUser.
	GetUser func(t protocol.Transport, q Query) *deferred.Deferred[string]
	// GetDomain answers a query for the list of users. Twisted: getDomain.
	GetDomain func(t protocol.Transport, q Query) *deferred.Deferred[string]
	// Forward answers a query to be forwarded; see Query.Next. Twisted: forwardQuery.
	Forward func(t protocol.Transport, q Query) *deferred.Deferred[string]
	// Timeout bounds the time until the query is complete, and then the time until it is answered. 0 means QueryTimeout.
	Timeout time.Duration
	// Logger hears of hooks that fail, at most ten times a second. nil means slog.Default().
	Logger *slog.Logger

	lines loglimit.Limit
}

// BuildProtocol returns the protocol of one connection.
func (s *Server) BuildProtocol(net.Addr) (protocol.Protocol, error) { return &connection{s: s}, nil }

// A connection takes one query and answers it. Loop only.
type connection struct {
	s       *Server
	t       protocol.Transport
	line    []byte
	asked   bool
	gone    bool
	timeout policy.Timeout
	answer  *deferred.Deferred[string] // nil when it is over
}

func (c *connection) ConnectionMade(t protocol.Transport) {
	c.t = t
	c.timeout.TimedOut = protocol.Transport.AbortConnection
	c.timeout.SetTimeout(t, c.limit())
}

func (c *connection) limit() time.Duration {
	if c.s.Timeout > 0 {
		return c.s.Timeout
	}
	return QueryTimeout
}

func (c *connection) DataReceived(t protocol.Transport, p []byte) {
	if c.asked {
		return
	}
	for i, b := range p {
		if b != '\n' {
			continue
		}
		c.line = append(c.line, p[:i]...)
		if n := len(c.line); n > 0 && c.line[n-1] == '\r' {
			c.line = c.line[:n-1]
		}
		c.ask(t)
		return
	}
	if c.line = append(c.line, p...); len(c.line) > MaxQuery+1 {
		c.asked = true
		t.AbortConnection()
	}
}

func (c *connection) ask(t protocol.Transport) {
	c.asked = true
	q, err := ParseQuery(string(c.line))
	if err != nil {
		c.reply("Malformed query\n")
		return
	}
	c.timeout.SetTimeout(t, c.limit())
	hook, refusal := c.s.GetUser, refuseUser
	switch {
	case len(q.Hosts) > 0:
		hook, refusal = c.s.Forward, refuseForward
	case q.User == "":
		hook, refusal = c.s.GetDomain, refuseDomain
	}
	if hook == nil {
		c.reply(refusal)
		return
	}
	d := deferred.ExecuteD(t.Loop(), func() *deferred.Deferred[string] { return hook(t, q) }) // a panic is a failure too
	c.answer = d
	d.Done(func(text string, err error) {
		c.answer = nil
		if c.gone {
			return
		}
		if err != nil {
			text = "Finger service failed\n"
			log := c.s.Logger
			if log == nil {
				log = slog.Default()
			}
			if args, ok := c.s.lines.Allow(t.Loop().Now(), "peer", t.RemoteAddr().String(), "error", err); ok {
				log.Error("finger: a query cannot be answered", args...)
			}
		}
		c.reply(text)
	})
}

func (c *connection) reply(text string) {
	c.t.Write([]byte(clean(text)))
	c.t.LoseConnection()
}

func (c *connection) ConnectionLost(t protocol.Transport, _ error) {
	c.timeout.SetTimeout(t, 0)
	if c.gone = true; c.answer != nil {
		c.answer.Cancel()
	}
}
