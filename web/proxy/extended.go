// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"errors"
	"slices"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/ws"
)

// What HTTP/2 asks for by an extended CONNECT (RFC 8441) is asked for by GET and Upgrade in HTTP/1.1:
//
//	:method = CONNECT, :protocol = websocket, :path = /chat      GET /chat, Upgrade: websocket, Sec-WebSocket-Key: k
//	:status = 200                                                101, Sec-WebSocket-Accept: of k
//
// An upstream of HTTP/2 that takes extended CONNECT is asked by that, whichever way the client asks.

// extendedProtocol returns what an extended CONNECT is for, "" for all other requests: an Upgrade in a CONNECT of HTTP/1.1 means nothing.
func extendedProtocol(r *web.Request) string {
	if r.Method != "CONNECT" || r.Proto != "HTTP/2.0" {
		return ""
	}
	return r.Protocol()
}

// extend makes a relay's request that of an extended CONNECT for proto. It reports whether there is one.
func (rl *relay) extend(proto string) bool {
	if !h1.IsToken(proto) {
		return false
	}
	rl.extended = true
	rl.base.Method, rl.base.Upgrade = "GET", proto
	if !h1.EqualFold(proto, "websocket") {
		return true
	}
	rl.base.Fields = slices.DeleteFunc(rl.base.Fields, func(f h1.Field) bool { return h1.EqualFold(f.Name, "Sec-WebSocket-Key") })
	rl.key = ws.NewKey()
	rl.base.Fields = append(rl.base.Fields, h1.Field{Name: "Sec-WebSocket-Key", Value: rl.key})
	return true
}

var (
	errNotSwitched = errors.New("the upstream answers without the protocol that it was asked for")
	errAccept      = errors.New("the upstream's Sec-WebSocket-Accept is wrong")
)

// extendedFault tells why an answer cannot be that to an extended CONNECT: any of 2xx would open the stream.
func (rl *relay) extendedFault(h *h1.ResponseHead) error {
	switch accept, _ := h.Fields.Get("Sec-WebSocket-Accept"); {
	case !rl.extended:
	case rl.switched(h) && rl.x.HTTP2():
	case h.Status != 101 && h.Status < 300:
		return errNotSwitched
	case h.Status == 101 && rl.key != "" && accept != ws.AcceptKey(rl.key):
		return errAccept
	}
	return nil
}
