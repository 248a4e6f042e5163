// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package acme

import (
	"strings"

	"github.com/torsion-go/torsion/web"
)

// Challenges returns the Leaf that is to be the root of the site on port 80: it answers the authority's HTTP-01 challenges, below /.well-known/acme-challenge/, and has next answer everything else. If
// next is nil, requests by GET and HEAD for one of the hosts are redirected to https, and others are answered with 404.
func (m *Manager) Challenges(next web.Resource) web.Leaf {
	if next == nil {
		next = web.LeafFunc(m.redirect)
	}
	return web.LeafFunc(func(r *web.Request) {
		token, ok := strings.CutPrefix(r.Path, "/.well-known/acme-challenge/")
		if !ok {
			web.Dispatch(next, r)
			return
		}
		m.mu.RLock()
		answer, ok := m.tokens[token]
		m.mu.RUnlock()
		switch {
		case !ok:
			r.Error(404, "")
		case r.Method != "GET" && r.Method != "HEAD":
			r.ResponseHeader().Set("Allow", "GET, HEAD")
			r.Error(405, "")
		default:
			r.ResponseHeader().Set("Content-Type", "application/octet-stream")
			r.ResponseHeader().Set("Cache-Control", "no-store")
			r.WriteString(answer)
		}
	})
}

// redirect sends browsers to https.
func (m *Manager) redirect(r *web.Request) {
	name, err := hostName(r.Hostname())
	if err == nil {
		m.mu.RLock()
		defer m.mu.RUnlock()
	}
	if err != nil || m.hosts[name] == nil || r.Method != "GET" && r.Method != "HEAD" {
		r.Error(404, "")
		return
	}
	to := "https://" + name + r.Path
	if r.Query != "" {
		to += "?" + r.Query
	}
	r.Redirect(301, to)
}
