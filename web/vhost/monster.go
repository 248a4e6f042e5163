// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package vhost

import (
	"net/netip"
	"strings"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// A Monster is a Leaf for front proxies that cannot set a header: below it, /http/www.example.org:8080/path stands for http://www.example.org:8080/path. Request.Host becomes the host
// that is stated, PrePath is empty again, and the header says X-Forwarded-Proto, in place of what was there. Twisted: VHostMonsterResource.
//
// It believes Trusted only: whoever else could reach it could choose the host, and with it what links and redirects point to. All others are answered with 404.
type Monster struct {
	Next    web.Resource   // answers: as a rule the root of the site
	Trusted []netip.Prefix // the networks of the front proxies; nil means nobody. A client without an address, on a UNIX socket, is trusted if Local is set
	Local   bool
}

// IsLeaf returns true.
func (m *Monster) IsLeaf() bool { return true }

// Render takes the scheme and the host off the path.
func (m *Monster) Render(r *web.Request) {
	if !m.trusts(r) || len(r.PostPath) < 2 || m.Next == nil {
		r.Error(404, "")
		return
	}
	scheme, host := r.PostPath[0], r.PostPath[1]
	port := map[string]string{"http": ":80", "https": ":443"}[scheme]
	if _, err := check(host); port == "" || err != nil || strings.HasPrefix(host, "*") || !wellPorted(host) {
		r.Error(400, "The host that was stated is not one.")
		return
	}
	r.Host = strings.TrimSuffix(host, port)
	r.Header.Set("X-Forwarded-Proto", scheme)
	r.PrePath, r.PostPath = nil, r.PostPath[2:]
	if len(r.PostPath) == 0 {
		r.PostPath = []string{""}
	}
	web.Dispatch(m.Next, r)
}

// wellPorted reports whether host has no colons but those of an IPv6 address in brackets and the one before a port.
func wellPorted(host string) bool {
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end < 0 {
			return false
		}
		if _, err := netip.ParseAddr(host[1:end]); err != nil {
			return false
		}
		host = host[end+1:]
	} else if strings.ContainsAny(host, "[]") {
		return false
	}
	_, port, ok := strings.Cut(host, ":")
	if !ok {
		return true
	}
	return port != "" && len(port) <= 5 && strings.Trim(port, "0123456789") == ""
}

func (m *Monster) trusts(r *web.Request) bool {
	a := protocol.FromNetAddr(r.RemoteAddr()).AddrPort().Addr().Unmap()
	if !a.IsValid() {
		return m.Local
	}
	for _, p := range m.Trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

var _ web.Leaf = (*Monster)(nil)
