// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cookiejar

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// received is a cookie as a server has sent it. Its Entry has no Domain yet, and its Path is "" if that is the default one.
type received struct {
	Entry
	domain       string // the attribute; "" for none
	explicitPath bool
}

// parseSetCookie reads the value of a Set-Cookie field (RFC 6265bis section 5.6). ok is false if it is to be ignored.
func parseSetCookie(s string, now time.Time) (r received, ok bool) {
	if hasControl(s) {
		return r, false
	}
	pair, attributes, _ := strings.Cut(s, ";")
	name, value, named := strings.Cut(pair, "=")
	if !named {
		name, value = "", pair
	}
	r.Name, r.Value = strings.Trim(name, " \t"), strings.Trim(value, " \t")
	if r.Name == "" && r.Value == "" || len(r.Name)+len(r.Value) > maxSize {
		return r, false
	}
	byAge := false
	for attributes != "" {
		var a string
		a, attributes, _ = strings.Cut(attributes, ";")
		key, value, _ := strings.Cut(a, "=")
		key, value = strings.ToLower(strings.Trim(key, " \t")), strings.Trim(value, " \t")
		if len(value) > maxAttribute {
			continue
		}
		switch key {
		case "expires":
			if at, ok := parseDate(value); ok && !byAge {
				r.Expires = capped(at, now)
			}
		case "max-age":
			if at, ok := parseAge(value, now); ok {
				r.Expires, byAge = at, true
			}
		case "domain":
			r.domain = value
		case "path":
			if r.explicitPath = strings.HasPrefix(value, "/"); r.explicitPath {
				r.Path = value
			} else {
				r.Path = ""
			}
		case "secure":
			r.Secure = true
		case "httponly":
			r.HTTPOnly = true
		case "samesite":
			r.SameSite = sameSite(value)
		}
	}
	return r, true
}

func sameSite(value string) http.SameSite {
	switch strings.ToLower(value) {
	case "strict":
		return http.SameSiteStrictMode
	case "lax":
		return http.SameSiteLaxMode
	case "none":
		return http.SameSiteNoneMode
	}
	return 0
}

// longAgo is when a cookie expires that is to be removed.
var longAgo = time.Unix(0, 0)

// parseAge reads Max-Age. Only digits with perhaps a minus before them count.
func parseAge(s string, now time.Time) (time.Time, bool) {
	digits := strings.TrimPrefix(s, "-")
	if s == "" || strings.Trim(digits, "0123456789") != "" {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case digits != s || err == nil && seconds == 0:
		return longAgo, true
	case err != nil || seconds > int64(maxLife/time.Second):
		return now.Add(maxLife), true
	}
	return now.Add(time.Duration(seconds) * time.Second), true
}

func capped(at, now time.Time) time.Time {
	if latest := now.Add(maxLife); at.After(latest) {
		return latest
	}
	return at
}

// fromHTTP returns what c says.
func fromHTTP(c *http.Cookie, now time.Time) (r received, ok bool) {
	value := c.Value
	if c.Quoted {
		value = `"` + value + `"`
	}
	r.Entry = Entry{Name: c.Name, Value: value, Secure: c.Secure, HTTPOnly: c.HttpOnly}
	r.domain = c.Domain
	if strings.HasPrefix(c.Path, "/") && len(c.Path) <= maxAttribute && !hasControl(c.Path) && !strings.Contains(c.Path, ";") {
		r.Path, r.explicitPath = c.Path, true
	}
	if c.SameSite != http.SameSiteDefaultMode {
		r.SameSite = c.SameSite
	}
	switch {
	case c.MaxAge < 0:
		r.Expires = longAgo
	case c.MaxAge > 0:
		r.Expires, _ = parseAge(strconv.Itoa(c.MaxAge), now)
	case !c.Expires.IsZero():
		r.Expires = capped(c.Expires, now)
	}
	// What would be two cookies in a field, or end the pair, cannot have come from a server.
	return r, !strings.ContainsAny(c.Name, "=;") && !strings.Contains(value, ";")
}

// hasControl reports whether s has a control character other than HTAB.
func hasControl(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}
