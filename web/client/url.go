// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"
	"net/url"
	"strings"
)

// ParseURL returns the URL that text stands for, ready to be sent: absolute, of the scheme http or https, with a host in ASCII and lower case (IDNA 2008, UTS 46) and without a default
// port, and with a path. It takes what people type: blanks around it are dropped, and what is not ASCII in path and query is percent-encoded as UTF-8. Text with control
// characters, blanks in the host, or a backslash, is refused: it could be read in two ways. Twisted: URI.fromBytes.
func ParseURL(text string) (*url.URL, error) {
	text = strings.Trim(text, " \t\r\n")
	if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }) {
		return nil, errText
	}
	u, err := url.Parse(text)
	if err != nil {
		if strings.Contains(text, "@") {
			return nil, errMalformed // err would tell the password, or a part of it
		}
		return nil, err
	}
	switch {
	case u.Opaque != "" || u.Scheme == "":
		return nil, errRelative
	}
	o, err := originOf(u)
	if err != nil {
		return nil, err
	}
	u.Host = o.host
	if u.Path == "" {
		u.Path = "/"
	}
	u.RawQuery = encodeQuery(u.RawQuery)
	return u, nil
}

var (
	errText      = errors.New("the URL has control characters or a backslash in it")
	errMalformed = errors.New("the URL is malformed")
	errRelative  = errors.New("the URL is not absolute: it begins with neither http:// nor https://")
)

// encodeQuery percent-encodes what cannot be sent in a query.
func encodeQuery(q string) string {
	const hex = "0123456789ABCDEF"
	var b []byte
	for i := range len(q) {
		c := q[i]
		if c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>' {
			if b != nil {
				b = append(b, c)
			}
			continue
		}
		if b == nil {
			b = append(make([]byte, 0, len(q)+16), q[:i]...)
		}
		b = append(b, '%', hex[c>>4], hex[c&15])
	}
	if b == nil {
		return q
	}
	return string(b)
}
