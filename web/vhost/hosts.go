// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package vhost

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/torsion-go/torsion/web"
)

// Hosts is a Leaf that has each request answered by the resource of its host. The zero Hosts has none. Twisted: NameVirtualHost.
type Hosts struct {
	// Default answers for hosts that were not added, and for HTTP/1.0 requests without one; nil means 404.
	Default web.Resource
	// Misdirected answers a request over TLS with 421 if its host is not the name that the client asked for in the handshake; false serves it. A client that sent no name is served.
	Misdirected bool
	// Forwarded goes by the host that a trusted proxy in front says the client asked for (Request.ClientHost, web.Config.Proxies); false by Host alone.
	Forwarded bool

	mu    sync.Mutex // serialises changes
	names atomic.Pointer[map[string]web.Resource]
}

// Add adds or replaces the resource for a name: www.example.org, *.example.org for all names below example.org, or an IP address, with brackets if it is one of IPv6. It
// fails for what is neither.
func (h *Hosts) Add(name string, res web.Resource) error {
	n, err := check(name)
	if err == nil {
		h.change(func(m map[string]web.Resource) { m[n] = res })
	}
	return err
}

// Remove removes what was added under name.
func (h *Hosts) Remove(name string) {
	h.change(func(m map[string]web.Resource) { delete(m, normal(name)) })
}

// Names returns the names that were added, sorted.
func (h *Hosts) Names() []string {
	if m := h.names.Load(); m != nil {
		return slices.Sorted(maps.Keys(*m))
	}
	return nil
}

// change replaces the map by a changed copy, so that readers need no lock.
func (h *Hosts) change(f func(map[string]web.Resource)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := make(map[string]web.Resource)
	if old := h.names.Load(); old != nil {
		maps.Copy(m, *old)
	}
	f(m)
	h.names.Store(&m)
}

func check(name string) (string, error) {
	n := normal(name)
	rest, _ := strings.CutPrefix(n, "*.")
	bad := func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`*/\@#?%"'<>`, r)
	}
	if rest == "" || strings.ContainsFunc(rest, bad) || strings.Contains(rest, "..") || rest[0] == '.' {
		return "", fmt.Errorf("vhost: %q is not the name of a host", name)
	}
	return n, nil
}

// normal returns host in lower case, without its port and without a dot at its end.
func normal(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// find returns the resource for a host, or nil.
func (h *Hosts) find(host string) web.Resource {
	m := h.names.Load()
	if m == nil || host == "" || host[0] == '.' || host[0] == '*' {
		return nil
	}
	if res, ok := (*m)[host]; ok {
		return res
	}
	for rest := host; ; {
		i := strings.IndexByte(rest, '.')
		if i < 0 {
			return nil
		}
		rest = rest[i+1:]
		if res, ok := (*m)["*."+rest]; ok {
			return res
		}
	}
}

// IsLeaf returns true.
func (h *Hosts) IsLeaf() bool { return true }

// Render has the host's resource answer. A port, the case and a dot at the end are ignored (CVE-2022-39348 was about the page for unknown hosts: the text is escaped).
func (h *Hosts) Render(r *web.Request) {
	host := normal(r.Host)
	if h.Forwarded {
		host = normal(r.ClientHost())
	}
	if h.Misdirected && host != "" {
		if tls := r.TLS(); tls != nil && tls.ServerName != "" && normal(tls.ServerName) != host {
			r.Error(421, "This connection is for another host.")
			return
		}
	}
	res := h.find(host)
	if res == nil {
		res = h.Default
	}
	if res == nil {
		r.Error(404, fmt.Sprintf("There is no host %q here.", clip(host)))
		return
	}
	web.Dispatch(res, r)
}

// clip shortens what a client has sent.
func clip(s string) string {
	if len(s) > 253 {
		return s[:253] + "..."
	}
	return s
}

var _ web.Leaf = (*Hosts)(nil)
