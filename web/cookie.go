// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
)

// cookieMax is how many bytes of name and value browsers keep (RFC 6265bis section 5.6).
const cookieMax = 4096

// Cookies yields names and values of the request's cookies in their order, from all Cookie fields. What has no equals sign is left out; values are as they were sent, with
// their quotes if there are any.
func (r *Request) Cookies() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for list := range r.Header.Values("Cookie") {
			for pair := range strings.SplitSeq(list, ";") {
				name, value, ok := strings.Cut(strings.TrimLeft(pair, " \t"), "=")
				if ok && !yield(name, value) {
					return
				}
			}
		}
	}
}

// Cookie returns the value of the first cookie with that name. Twisted: getCookie.
func (r *Request) Cookie(name string) (value string, ok bool) {
	for k, v := range r.Cookies() {
		if k == name {
			return v, true
		}
	}
	return "", false
}

// SetCookie adds c to the response. What could split the header, or would be refused or misread by browsers, is an error, and nothing is set: a name that is not a token; control
// characters, quotes, semicolons and backslashes in values; more than 4096 bytes; SameSite=None, Partitioned, __Secure- or __Host- without Secure; __Host- with
// a Domain or without the path /. Twisted: addCookie.
func (r *Request) SetCookie(c *http.Cookie) error {
	if err := checkCookie(c); err != nil {
		return err
	}
	r.header.Add("Set-Cookie", c.String())
	return nil
}

func checkCookie(c *http.Cookie) error {
	if c == nil {
		return errors.New("web: SetCookie: nil cookie")
	}
	bad := func(why string) error { return fmt.Errorf("web: cookie %q: %s", c.Name, why) }
	if err := c.Valid(); err != nil {
		return bad(strings.TrimPrefix(err.Error(), "http: ")) // without the value
	}
	host := hasPrefixFold(c.Name, "__Host-")
	switch {
	case len(c.Name)+len(c.Value) > cookieMax:
		return bad("more than 4096 bytes")
	case c.Secure:
	case host, hasPrefixFold(c.Name, "__Secure-"):
		return bad("its prefix needs Secure")
	case c.SameSite == http.SameSiteNoneMode:
		return bad("SameSite=None needs Secure")
	}
	if host && (c.Domain != "" || c.Path != "/") {
		return bad("its prefix needs the path / and no domain")
	}
	return nil
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
