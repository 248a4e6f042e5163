// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package secure

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/torsion-go/torsion/web"
)

// OriginsConfig holds the options of [NewOrigins]. Its zero value trusts no other site.
type OriginsConfig struct {
	// Trusted are origins whose pages may send requests: "https://www.example.org", with the port if it is not the usual one.
	Trusted []string
	// Bypass are patterns of net/http.ServeMux, such as "POST /hooks/", for requests that are not checked: whoever answers them must not go by cookies.
	Bypass []string
	// Denied answers what is refused; nil means 403.
	Denied web.Resource
	// Logger is told of refusals, one line in a second at most; nil means slog.Default.
	Logger *slog.Logger
}

// Origins is a Leaf that refuses the requests which pages of other sites make a browser send, with the user's cookies and address (cross-site request forgery), by Sec-Fetch-Site and, from browsers without it,
// Origin. Requests by GET, HEAD and OPTIONS are let through, so these must not change anything, unless they ask for an upgrade, such as WebSocket. Requests with neither header do not come from a browser, and are let through.
//
// net/http: CrossOriginProtection.
type Origins struct {
	next    web.Resource
	config  OriginsConfig
	trusted map[string]bool
	bypass  *http.ServeMux // nil if there are no patterns
	log     reporter
	refused atomic.Int64
}

// NewOrigins returns Origins around next. It fails for what is no origin or no pattern.
func NewOrigins(next web.Resource, c OriginsConfig) (*Origins, error) {
	o := &Origins{next: next, config: c, trusted: make(map[string]bool), log: reporter{log: c.Logger}}
	for _, s := range c.Trusted {
		u, err := url.Parse(s)
		switch {
		case err != nil:
			return nil, fmt.Errorf("secure: NewOrigins: %w", err)
		case u.Scheme == "" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
			return nil, fmt.Errorf("secure: NewOrigins: %q is no origin: it wants the form https://www.example.org", s)
		}
		o.trusted[strings.ToLower(s)] = true
	}
	for _, p := range c.Bypass {
		if err := o.pass(p); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// pass adds a pattern, about which ServeMux panics if it is none.
func (o *Origins) pass(pattern string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("secure: NewOrigins: pattern %q: %v", pattern, p)
		}
	}()
	if o.bypass == nil {
		o.bypass = http.NewServeMux()
	}
	o.bypass.Handle(pattern, passed{})
	return nil
}

// passed marks what is not checked.
type passed struct{}

func (passed) ServeHTTP(http.ResponseWriter, *http.Request) {}

// IsLeaf returns true.
func (o *Origins) IsLeaf() bool { return true }

// Refused returns how many requests were refused. Safe from any goroutine.
func (o *Origins) Refused() int64 { return o.refused.Load() }

// Render has the resource answer, or refuses. Loop only.
func (o *Origins) Render(r *web.Request) {
	if o.Allows(r) {
		web.Dispatch(o.next, r)
		return
	}
	o.refused.Add(1)
	o.log.report(r, "secure: cross-origin request refused", "origin", r.Header.Get("Origin"), "method", r.Method, "path", r.Path)
	if o.config.Denied != nil {
		web.Dispatch(o.config.Denied, r)
		return
	}
	r.Error(403, "A page of another site has made your browser send this.")
}

// Allows reports whether r is to be answered. Loop only.
func (o *Origins) Allows(r *web.Request) bool {
	switch r.Method {
	case "GET", "HEAD", "OPTIONS":
		if !r.Header.Has("Upgrade") {
			return true
		}
	}
	site, several := only(r, "Sec-Fetch-Site")
	origin, many := only(r, "Origin")
	switch {
	case several || many: // no browser sends that
		return o.bypasses(r)
	case site == "same-origin" || site == "none":
		return true
	case site == "" && origin == "":
		return true
	case site == "" && sameOrigin(origin, r):
		return true
	}
	return o.trusted[strings.ToLower(origin)] || o.bypasses(r)
}

// only returns the value of the field, and whether there are several of it.
func only(r *web.Request, name string) (value string, several bool) {
	n := 0
	for v := range r.Header.Values(name) {
		value = v
		n++
	}
	return value, n > 1
}

// sameOrigin reports whether origin is that of the host which r asks for. The scheme counts as far as it is known: behind a proxy that nobody told us to trust TLS looks like plain text.
func sameOrigin(origin string, r *web.Request) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme == "http" && r.Secure() {
		return false
	}
	return strings.EqualFold(bare(u.Host, u.Scheme), bare(r.ClientHost(), u.Scheme))
}

// bare returns host without the port that its scheme has anyway.
func bare(host, scheme string) string {
	name, port, err := net.SplitHostPort(host)
	if err != nil || !(scheme == "https" && port == "443" || scheme == "http" && port == "80") {
		return host
	}
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}

// bypasses reports whether a pattern is for r. One that would only redirect there is none.
func (o *Origins) bypasses(r *web.Request) bool {
	if o.bypass == nil {
		return false
	}
	u, err := url.ParseRequestURI(r.Path)
	if err != nil {
		return false
	}
	h, _ := o.bypass.Handler(&http.Request{Method: r.Method, Host: r.ClientHost(), URL: u})
	return h == http.Handler(passed{})
}

var _ web.Leaf = (*Origins)(nil)
