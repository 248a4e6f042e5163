// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cookiejar

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// An origin is who sets cookies, or asks for them.
type origin struct {
	host       string // canonical
	path       string
	secure, ip bool
}

// originOf returns the origin of u; ok is false if it is none that has cookies.
func originOf(u *url.URL) (o origin, ok bool) {
	switch u.Scheme {
	case "https", "wss":
		o.secure = true
	case "http", "ws":
	default:
		return o, false
	}
	of, ok := originOfHost(u.Hostname())
	o.host, o.ip = of.host, of.ip
	if o.path = u.EscapedPath(); o.path == "" || o.path[0] != '/' {
		o.path = "/"
	}
	return o, ok
}

func originOfHost(host string) (o origin, ok bool) {
	if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")); err == nil {
		return origin{host: a.WithZone("").Unmap().String(), ip: true}, true
	}
	o.host, ok = canonicalHost(strings.TrimSuffix(host, "."))
	return o, ok && o.host != ""
}

// canonicalHost returns a name in lower case, as A-labels. ok is false if it is none.
func canonicalHost(host string) (name string, ok bool) {
	for i := range len(host) {
		if host[i] >= 0x80 {
			a, err := idna.Lookup.ToASCII(host)
			if err != nil {
				return "", false
			}
			host = a
			break
		}
	}
	host = strings.ToLower(host)
	if strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") || strings.Contains(host, "..") || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return "", false
	}
	return host, true
}

// canonicalDomain returns what the attribute Domain says: "" for nothing.
func canonicalDomain(domain string) (string, bool) {
	domain = strings.TrimPrefix(domain, ".")
	for i := range len(domain) {
		if domain[i] >= 0x80 {
			return "", false // RFC 6265bis section 5.7: A-labels, or nothing
		}
	}
	return canonicalHost(domain)
}

// defaultPath is that of cookies without Path (RFC 6265bis section 5.1.4).
func (o origin) defaultPath() string {
	if i := strings.LastIndexByte(o.path, '/'); i > 0 {
		return o.path[:i]
	}
	return "/"
}

// domainMatch reports whether host is domain, or below it. Both are canonical, and host is no address unless it is the same.
func domainMatch(host, domain string) bool {
	if host == domain {
		return true
	}
	below, ok := strings.CutSuffix(host, domain)
	if !ok || !strings.HasSuffix(below, ".") {
		return false
	}
	_, err := netip.ParseAddr(host)
	return err != nil
}

// pathMatch reports whether a cookie of that path is for path (RFC 6265bis section 5.1.4).
func pathMatch(path, of string) bool {
	rest, ok := strings.CutPrefix(path, of)
	return ok && (rest == "" || strings.HasSuffix(of, "/") || rest[0] == '/')
}

// site returns the registrable domain of a host, or the host if it has none.
func (j *Jar) site(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	suffix := j.cfg.PublicSuffixes.PublicSuffix(host)
	below, ok := strings.CutSuffix(host, "."+suffix)
	if !ok {
		return host
	}
	return below[strings.LastIndexByte(below, '.')+1:] + "." + suffix
}

// isSuffix reports whether anybody may register below domain. A single label such as localhost is taken for one.
func (j *Jar) isSuffix(domain string) bool {
	if _, err := netip.ParseAddr(domain); err == nil {
		return false
	}
	return j.cfg.PublicSuffixes.PublicSuffix(domain) == domain
}
