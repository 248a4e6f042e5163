// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"container/list"
	"crypto/tls"
	"sync"

	"github.com/torsion-go/torsion/core/tlswrap"
)

// A TLSPolicy says whom to trust, and what to show. The zero TLSPolicy is right for servers on the internet: the platform's authorities, and the name of the URL. Twisted:
// IPolicyForHTTPS, BrowserLikePolicyForHTTPS.
type TLSPolicy struct {
	// Options are those of all hosts: other authorities, pinned certificates, a client certificate.
	Options tlswrap.ClientOptions
	// Config, if it is not nil, returns the configuration for a host in place of Options, or nil for that of Options. It is asked once for a host as long as that is in the cache.
	// Use tlswrap.OptionsForClientTLS to make one that checks names. Safe from any goroutine that an Agent runs on.
	Config func(host string) (*tls.Config, error)
	// Hosts is how many configurations, with the sessions to resume, are kept; those used last stay. 0 means 256. Twisted: HostnameCachingHTTPSPolicy.
	Hosts int
}

// A tlsCache keeps configurations and their sessions by host, and drops the one that was not used for the longest time. Safe from any goroutine.
type tlsCache struct {
	policy *TLSPolicy
	mu     sync.Mutex
	of     map[string]*list.Element // of tlsEntry; guarded by mu, as is order
	order  list.List                // the one used last comes first
}

type tlsEntry struct {
	host  string
	layer *tlswrap.Layer
}

func (c *tlsCache) init(p *TLSPolicy) {
	if c.policy = p; p.Hosts <= 0 {
		p.Hosts = 256
	}
	c.of = make(map[string]*list.Element)
}

func (c *tlsCache) layer(host string) (*tlswrap.Layer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.of[host]; e != nil {
		c.order.MoveToFront(e)
		return e.Value.(tlsEntry).layer, nil
	}
	cfg, err := c.config(host)
	if err != nil {
		return nil, err
	}
	layer, err := tlswrap.NewClient(tlswrap.Options{Config: cfg})
	if err != nil {
		return nil, err
	}
	c.of[host] = c.order.PushFront(tlsEntry{host, layer})
	if c.order.Len() > c.policy.Hosts {
		last := c.order.Back()
		delete(c.of, c.order.Remove(last).(tlsEntry).host)
	}
	return layer, nil
}

func (c *tlsCache) config(host string) (*tls.Config, error) {
	if f := c.policy.Config; f != nil {
		if cfg, err := f(host); cfg != nil || err != nil {
			return cfg, err
		}
	}
	return tlswrap.OptionsForClientTLS(host, c.policy.Options)
}
