// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"net/url"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/web"
)

// SameOrigin reports whether origin, the value of an Origin field, is that of the server itself as the client sees it: the same host and port, and not plain HTTP if the request came over TLS.
// Behind a proxy it takes [web.Proxies] to know these. A page of another site can connect too, and the browser sends the cookies that are ours: nothing but this check tells it from our own.
func SameOrigin(r *web.Request, origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	port := ""
	switch u.Scheme {
	case "http":
		if port = ":80"; r.Secure() {
			return false
		}
	case "https":
		port = ":443"
	default:
		return false
	}
	return strings.EqualFold(strings.TrimSuffix(u.Host, port), strings.TrimSuffix(r.ClientHost(), port))
}

// allowed judges the Origin of r. A client without one is no browser, and has no cookies that it does not know of.
func (s *Server) allowed(r *web.Request) bool {
	origin := r.Header.Get("Origin")
	switch {
	case s.config.CheckOrigin != nil:
		return s.config.CheckOrigin(r, origin)
	case !r.Header.Has("Origin"), slices.Contains(s.config.Origins, "*"):
		return true
	}
	return slices.ContainsFunc(s.config.Origins, func(o string) bool { return strings.EqualFold(o, origin) }) || SameOrigin(r, origin)
}
