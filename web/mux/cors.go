// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package mux

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/web"
)

// CORS lets scripts of pages from other origins use a resource (the Fetch standard, section 3.3). The zero CORS lets nobody. It protects nothing: requests of others are
// answered as ever, only browsers do not show their pages the answer.
type CORS struct {
	Origins     []string                 // such as https://example.com; "*" means all, which excludes Credentials
	AllowOrigin func(origin string) bool // what is not in Origins may be let by it; nil means nobody more
	Methods     []string                 // nil means GET, HEAD and POST
	Headers     []string                 // fields that requests may have besides the ordinary ones; "*" means all
	Expose      []string                 // fields of the response that scripts may see besides the ordinary ones
	Credentials bool                     // cookies and the like are sent along
	MaxAge      time.Duration            // for how long browsers may remember; 0 means their own default, 5 s
}

// Wrap returns a Leaf that answers preflight requests and has the responses of inner say who may see them. It panics if all origins are let with Credentials: so every page could act
// as its visitor.
func (c CORS) Wrap(inner web.Resource) web.Leaf {
	if c.Credentials && slices.Contains(c.Origins, "*") {
		panic("mux: CORS: all origins with credentials")
	}
	if c.Methods == nil {
		c.Methods = []string{"GET", "HEAD", "POST"}
	}
	return web.LeafFunc(func(r *web.Request) {
		origin, h := r.Header.Get("Origin"), r.ResponseHeader()
		allowed := c.origin(origin)
		if allowed != "*" {
			h.Add("Vary", "Origin")
		}
		if origin != "" && allowed != "" {
			h.Set("Access-Control-Allow-Origin", allowed)
			if c.Credentials {
				h.Set("Access-Control-Allow-Credentials", "true")
			}
		}
		wanted := r.Header.Get("Access-Control-Request-Method")
		if r.Method == "OPTIONS" && origin != "" && wanted != "" {
			c.preflight(r, wanted, allowed != "")
			return
		}
		if len(c.Expose) > 0 && origin != "" && allowed != "" {
			h.Set("Access-Control-Expose-Headers", strings.Join(c.Expose, ", "))
		}
		web.Dispatch(inner, r)
	})
}

// origin returns what Access-Control-Allow-Origin is for that origin, "" if it is not let.
func (c *CORS) origin(origin string) string {
	switch {
	case slices.Contains(c.Origins, "*"):
		return "*"
	case origin != "" && (slices.Contains(c.Origins, origin) || c.AllowOrigin != nil && c.AllowOrigin(origin)):
		return origin
	}
	return ""
}

func (c *CORS) preflight(r *web.Request, method string, allowed bool) {
	h := r.ResponseHeader()
	h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
	if !allowed || !slices.Contains(c.Methods, method) {
		r.Error(403, "")
		return
	}
	var names []string
	for name := range r.Header.Tokens("Access-Control-Request-Headers") {
		if !slices.ContainsFunc(c.Headers, func(s string) bool { return s == "*" || strings.EqualFold(s, name) }) {
			r.Error(403, "")
			return
		}
		names = append(names, name)
	}
	h.Set("Access-Control-Allow-Methods", strings.Join(c.Methods, ", "))
	if len(names) > 0 {
		h.Set("Access-Control-Allow-Headers", strings.Join(names, ", "))
	}
	if c.MaxAge > 0 {
		h.Set("Access-Control-Max-Age", strconv.Itoa(int(c.MaxAge/time.Second)))
	}
	r.SetStatus(204)
}
