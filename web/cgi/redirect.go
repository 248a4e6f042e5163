// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgi

import (
	"net/url"
	"strings"

	"github.com/torsion-go/torsion/web"
)

// maxRedirects is how many local redirects one request takes.
const maxRedirects = 10

// redirect answers r as if it had asked for location.
func (h *Handler) redirect(r *web.Request, location string) {
	n := h.redirected(r)
	path, query, _ := strings.Cut(location, "?")
	var segments []string
	for s := range strings.SplitSeq(path[1:], "/") {
		segment, err := url.PathUnescape(s)
		if err != nil {
			n = maxRedirects
		}
		segments = append(segments, segment)
	}
	if n >= maxRedirects {
		h.cfg.Logger.Error("cgi: local redirect refused: too many, or malformed", "uri", r.URI, "location", location)
		r.Error(500, "")
		return
	}
	if n == 0 {
		r.NotifyFinish(func(error) { h.redirects.Delete(r) })
	}
	h.redirects.Store(r, n+1)
	if r.Method != "HEAD" {
		r.Method = "GET"
	}
	for _, name := range []string{"Content-Length", "Content-Type", "Transfer-Encoding"} {
		r.Header.Del(name)
	}
	r.URI, r.Path, r.Query = location, path, query
	r.PrePath, r.PostPath = nil, segments
	web.Dispatch(h.cfg.Root, r)
}

// redirected returns how often r was redirected.
func (h *Handler) redirected(r *web.Request) int {
	n, _ := h.redirects.Load(r)
	count, _ := n.(int)
	return count
}
