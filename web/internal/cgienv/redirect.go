// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgienv

import (
	"net/url"
	"strings"

	"github.com/torsion-go/torsion/web"
)

// maxRedirects is how many local redirects one request takes.
const maxRedirects = 10

// redirects counts them.
var redirects = web.NewKey[int]("local redirects")

// redirect answers r as if it had asked o.Local for location, a path. One that is malformed, or one too many, is logged and answered with 500.
func redirect(r *web.Request, o ReplyOptions, location string) {
	n, _ := redirects.Get(r)
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
		o.Logger.Error(o.Name+": local redirect refused: too many, or malformed", "uri", r.URI, "location", location)
		r.Error(500, "")
		return
	}
	redirects.Set(r, n+1)
	if r.Method != "HEAD" {
		r.Method = "GET"
	}
	for _, name := range []string{"Content-Length", "Content-Type", "Transfer-Encoding"} {
		r.Header.Del(name)
	}
	r.URI, r.Path, r.Query = location, path, query
	r.PrePath, r.PostPath = nil, segments
	web.Dispatch(o.Local, r)
}

// Redirected reports whether r is the outcome of a local redirect: it has no body any more.
func Redirected(r *web.Request) bool {
	_, ok := redirects.Get(r)
	return ok
}
