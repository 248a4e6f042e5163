// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/ws"
)

// HTTP2 says when upstreams are spoken to in HTTP/2, which carries many requests on one connection.
type HTTP2 uint8

const (
	HTTP2Auto           HTTP2 = iota // those of the types tls and ssl, if they choose it by ALPN
	HTTP2Off                         // never
	HTTP2PriorKnowledge              // always, without asking, as gRPC servers want it: h2c
)

// String returns a word for it.
func (h HTTP2) String() string { return [...]string{"auto", "off", "prior knowledge"}[h] }

// exchange returns what it means for one upstream.
func (h HTTP2) exchange(secure bool) exchange.HTTP2 {
	switch {
	case h == HTTP2PriorKnowledge:
		return exchange.HTTP2Only
	case h == HTTP2Auto && secure:
		return exchange.HTTP2Auto
	}
	return exchange.HTTP2Off
}

// askUpgrade makes the Upgrade of an HTTP/1.1 client that of the exchange. What a server of HTTP/2 cannot be asked for goes to one of HTTP/1.1, or nowhere: a server may ignore it
// (RFC 9110 section 7.8).
func (rl *relay) askUpgrade(names string, only bool) {
	if h1.IsToken(names) && !h1.EqualFold(names, "h2c") {
		rl.base.Upgrade = names
		return
	}
	if rl.base.HTTP1 = true; !only {
		rl.base.Upgrade = names
	}
}

// switched reports whether a head opens the way for the other protocol: 101, or 2xx to an extended CONNECT (RFC 8441 section 5).
func (rl *relay) switched(h *h1.ResponseHead) bool {
	return h.Status == 101 || rl.base.Upgrade != "" && rl.x.HTTP2() && rl.x.Upgradable()
}

// accept gives a client of HTTP/1.1 what HTTP/2 does without. It reports whether the client may have it.
func (rl *relay) accept() bool {
	if !rl.x.HTTP2() || rl.extended || !h1.EqualFold(rl.base.Upgrade, "websocket") {
		return true
	}
	key, err := ws.CheckRequest(&rl.r.Header)
	if err != nil {
		return false
	}
	rl.r.ResponseHeader().Set("Sec-WebSocket-Accept", ws.AcceptKey(key))
	return true
}
