// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A parent is the proxy behind this one.
type parent struct {
	url   *url.URL
	host  string
	port  int
	layer *tlswrap.Layer // nil for plain text
	login string         // what Proxy-Authorization says in requests for http URLs; "" for nothing
	whole bool           // it speaks HTTP: such requests name the whole URL
}

// newParent returns nil if there is none.
func newParent(cfg *ForwardConfig) (*parent, error) {
	u := cfg.Parent
	if u == nil {
		return nil, nil
	}
	if _, err := client.ThroughProxy(nil, u, nil, "host", 1); err != nil {
		return nil, fmt.Errorf("proxy: Parent: %w", err)
	}
	q := &parent{url: u, host: u.Hostname(), port: map[string]int{"http": 80, "https": 443}[u.Scheme]}
	if q.whole = q.port != 0; !q.whole {
		q.port = 1080
	}
	if n, err := strconv.Atoi(u.Port()); err == nil {
		q.port = n
	}
	if q.whole && u.User != nil {
		password, _ := u.User.Password()
		q.login = "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
	}
	if u.Scheme != "https" {
		return q, nil
	}
	tlsConfig, err := cfg.ParentTLS, error(nil)
	if tlsConfig == nil {
		if tlsConfig, err = tlswrap.OptionsForClientTLS(q.host, tlswrap.ClientOptions{}); err != nil {
			return nil, err
		}
	} else if tlsConfig.ServerName == "" && !tlsConfig.InsecureSkipVerify {
		tlsConfig = tlsConfig.Clone()
		tlsConfig.ServerName = q.host
	}
	q.layer, err = tlswrap.NewClient(tlswrap.Options{Config: tlsConfig})
	return q, err
}

// way returns what connects to the parent itself, which needs no judging.
func (p *Forward) way(loop protocol.Loop) (endpoint.Client, error) {
	q := p.parent
	c, err := p.resolve(loop, q.host, q.port, func(netip.Addr) bool { return true })
	if err == nil && q.layer != nil {
		c = &endpoint.TLSClient{Inner: c, Layer: q.layer, WaitHandshake: true}
	}
	return c, err
}

// mayAsk reports whether the parent may be asked for a destination: what is an address can be judged here.
func (p *Forward) mayAsk(to place) bool {
	if ip, err := netip.ParseAddr(to.host); err == nil {
		return p.cfg.mayAddr(ip, to.local)
	}
	last := to.host[strings.LastIndexByte(to.host, '.')+1:]
	return to.local || last != "localhost" && last != "" && (last[0] < '0' || last[0] > '9') // numbers are addresses of another spelling: 127.1, 0x7f000001
}

// behindParent returns what connects to a place by the parent.
func (p *Forward) behindParent(loop protocol.Loop, to place) (endpoint.Client, error) {
	if !p.mayAsk(to) {
		return endpoint.ClientFunc(func(protocol.Factory) *deferred.Deferred[protocol.Protocol] {
			return deferred.FailOn[protocol.Protocol](loop, errForbidden)
		}), nil
	}
	way, err := p.way(loop)
	if err != nil || to == everywhere {
		return way, err
	}
	return client.ThroughProxy(loop, p.parent.url, way, to.host, to.port)
}

// everywhere is the place of the connections to a parent that is asked for whole URLs.
var everywhere = place{local: true}

// toParent makes a relay's request one for the parent, if that is asked for whole URLs, and returns the place to send it to.
func (rl *forwardRelay) toParent() place {
	q := rl.p.parent
	if q == nil || !q.whole || rl.base.Upgrade != "" {
		return rl.to
	}
	rl.hidden = true
	path := rl.base.Target
	if path == "*" {
		path = ""
	}
	rl.base.Target = "http://" + rl.r.Host + path
	if q.login != "" {
		rl.base.Fields = append(rl.base.Fields, h1.Field{Name: "Proxy-Authorization", Value: q.login})
	}
	return everywhere
}
