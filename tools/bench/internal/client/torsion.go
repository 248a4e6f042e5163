// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package client

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/reactor"
	web "github.com/torsion-go/torsion/web/client"
)

func torsion(name, poller string) Engine {
	return Engine{
		Name:  name,
		About: "package web/client's Agent over " + poller + ", one loop; ReadBody",
		Works: []Work{HTTP, HTTPS, HTTP2},
		Why: func() string {
			if names := reactor.Pollers(); !slices.Contains(names, poller) {
				return fmt.Sprintf("there is no poller %s here, only %s", poller, strings.Join(names, ", "))
			}
			return ""
		},
		start: func(s Spec, t *tally) error { return startTorsion(s, poller, t) },
	}
}

func startTorsion(s Spec, poller string, t *tally) error {
	r, err := reactor.New(reactor.Config{Poller: poller, Loops: 1})
	if err != nil {
		return err
	}
	u, err := url.Parse(s.URL())
	if err != nil {
		return err
	}
	cfg := web.Config{Pool: web.PoolLimits{PerHost: s.Conns, IdlePerHost: s.Conns}, HTTP2: web.HTTP2Off}
	if s.Work == HTTP2 {
		cfg.HTTP2, cfg.Pool.PerHost = web.HTTP2PriorKnowledge, 1
	}
	secure := clientTLS()
	cfg.TLS.Config = func(string) (*tls.Config, error) { return secure, nil }
	r.CallWhenRunning(func() {
		agent, err := web.New(r.Loops()[0], cfg)
		if err != nil {
			t.fail(err)
			return
		}
		for range s.Conns {
			c := &chain{agent: agent, request: &web.Request{URL: u}, tally: t}
			c.next()
		}
	})
	go func() { // runs to the end of the process
		if err := r.Run(context.Background()); err != nil {
			t.fail(err)
		}
	}()
	return nil
}

// A chain asks for the next when it has the one before.
type chain struct {
	agent   *web.Agent
	request *web.Request
	tally   *tally
	status  int
}

func (c *chain) next() { c.agent.Do(c.request).Done(c.responded) }

func (c *chain) responded(r *web.Response, err error) {
	if err != nil {
		c.tally.fail(err)
		return
	}
	c.status = r.Status
	r.ReadBody(0).Done(c.read)
}

func (c *chain) read(body []byte, err error) {
	if c.tally.add(c.status, body, err) {
		c.next()
	}
}
