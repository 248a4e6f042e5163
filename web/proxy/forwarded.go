// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"net/netip"
	"strings"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// clientAddr returns the address of r's client; it is invalid on a UNIX socket or in memory.
func clientAddr(r *web.Request) netip.Addr {
	return protocol.FromNetAddr(r.RemoteAddr()).AddrPort().Addr().Unmap()
}

func within(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// appendForwarded tells the upstream of the client, by the X-Forwarded fields and by Forwarded (RFC 7239). What the client says of those before it counts only if it is trusted.
func appendForwarded(dst []h1.Field, r *web.Request, c *carried, trusted bool) []h1.Field {
	addr := clientAddr(r)
	if !trusted {
		c.xfor, c.xproto, c.xhost, c.forwarded = "", "", "", ""
	}
	scheme := "http"
	if r.TLS() != nil {
		scheme = "https"
	}
	node := "unknown"
	if addr.IsValid() {
		node = addr.String()
	}
	dst = append(dst, h1.Field{Name: "X-Forwarded-For", Value: join(c.xfor, node, ", ")})
	var b strings.Builder
	b.Grow(len(c.forwarded) + len(node) + len(r.Host) + 40)
	if c.forwarded != "" {
		b.WriteString(c.forwarded)
		b.WriteString(", ")
	}
	b.WriteString("for=")
	if addr.Is6() {
		b.WriteString(`"[` + node + `]"`)
	} else {
		b.WriteString(node)
	}
	if r.Host != "" {
		b.WriteString(`;host=`)
		if h1.IsToken(r.Host) {
			b.WriteString(r.Host)
		} else {
			b.WriteString(`"` + r.Host + `"`) // a valid host has neither quotes nor backslashes
		}
	}
	b.WriteString(";proto=")
	b.WriteString(scheme)
	dst = append(dst, h1.Field{Name: "Forwarded", Value: b.String()})
	if c.xproto == "" {
		c.xproto = scheme
	}
	if c.xhost == "" {
		c.xhost = r.Host
	}
	dst = append(dst, h1.Field{Name: "X-Forwarded-Proto", Value: c.xproto})
	if c.xhost != "" {
		dst = append(dst, h1.Field{Name: "X-Forwarded-Host", Value: c.xhost})
	}
	return dst
}
