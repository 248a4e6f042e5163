// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"cmp"
	"net/url"
	"strings"
)

// baseURL returns scheme and authority as the client sees them, without a default port.
func (r *Request) baseURL() string {
	scheme, port := "http://", ":80"
	if r.Secure() {
		scheme, port = "https://", ":443"
	}
	return scheme + strings.TrimSuffix(cmp.Or(r.ClientHost(), r.localHost()), port)
}

// URL returns the absolute URL of the request as the client sees it: with the scheme and host that trusted proxies tell of, without a default port.
func (r *Request) URL() string {
	u := r.baseURL()
	if strings.HasPrefix(r.Path, "/") {
		u += encodeURL(r.Path)
	}
	if r.Query != "" {
		u += "?" + encodeURL(r.Query)
	}
	return u
}

// PrePathURL returns the absolute URL of the resource that is reached so far: of the segments of PrePath, percent-encoded. Twisted: prePathURL.
func (r *Request) PrePathURL() string { return r.baseURL() + joinSegments(r.PrePath) }

func joinSegments(segments []string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// RememberRoot makes the resource that is reached so far the root of RootURL, for applications that do not know where they are mounted. Twisted: rememberRootURL.
func (r *Request) RememberRoot() { r.extra().root = r.PrePathURL() }

// RootURL returns the URL that RememberRoot has kept, or "". Twisted: getRootURL.
func (r *Request) RootURL() string { return r.extra().root }

// SiblingLink returns a relative link from the request's URL to the sibling with that name of the resource that is reached. Twisted: sibLink.
func (r *Request) SiblingLink(name string) string { return up(len(r.PostPath)) + relative(name) }

// ChildLink returns a relative link from the request's URL to the child with that name of the resource that is reached. Twisted: childLink.
func (r *Request) ChildLink(name string) string {
	switch n := len(r.PostPath); {
	case n > 0:
		return up(n-1) + relative(name)
	case len(r.PrePath) > 0 && r.PrePath[len(r.PrePath)-1] != "":
		return relative(r.PrePath[len(r.PrePath)-1]) + "/" + url.PathEscape(name)
	}
	return relative(name)
}

func up(n int) string { return strings.Repeat("../", n) }

// relative returns name as the first segment of a relative link: "./" keeps a colon in it from ending a scheme, and an empty one from meaning the page itself.
func relative(name string) string {
	s := url.PathEscape(name)
	if s == "" || strings.Contains(s, ":") {
		return "./" + s
	}
	return s
}

// Local reports whether location, a URL or a path that a stranger may have chosen, leads to this very host: whether a redirect to it is safe. It is strict about what browsers
// read in their own way: backslashes, control characters, spaces, and two slashes in front.
func (r *Request) Local(location string) bool {
	if location == "" || strings.ContainsFunc(location, func(c rune) bool { return c <= ' ' || c == '\\' || c == 0x7f }) {
		return false
	}
	u, err := url.Parse(location)
	if err != nil || u.Opaque != "" || u.User != nil {
		return false
	}
	if u.Scheme == "" && u.Host == "" {
		return !strings.HasPrefix(location, "//")
	}
	return strings.HasPrefix(strings.ToLower(location), strings.ToLower(r.baseURL())) && u.Scheme+"://"+strings.ToLower(u.Host) == strings.ToLower(r.baseURL())
}

// RedirectTo returns a Leaf that redirects to location with the status; see [Request.Redirect]. Twisted: util.Redirect.
func RedirectTo(status int, location string) Leaf {
	return LeafFunc(func(r *Request) { r.Redirect(status, location) })
}

// ParentRedirect returns a Leaf that redirects to the folder that it is in. Twisted: util.ParentRedirect.
func ParentRedirect(status int) Leaf {
	return LeafFunc(func(r *Request) {
		path, _, _ := strings.Cut(r.Path, "?")
		r.Redirect(status, r.baseURL()+path[:strings.LastIndexByte(path, '/')+1])
	})
}
