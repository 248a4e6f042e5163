// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package digest

import (
	"errors"
	"fmt"
	"strings"
)

// Bounds of a header.
const (
	maxHeader = 8 << 10
	maxParams = 32
)

// ErrHeader is matched for a malformed header.
var ErrHeader = errors.New("digest: malformed header")

func bad(what string) error { return fmt.Errorf("%w: %s", ErrHeader, what) }

// ParseParams reads the value of a WWW-Authenticate or Authorization header of the scheme Digest into its parameters, whose names are lower case. A parameter that is
// there twice is an error, and so is more than 8 KiB or 32 parameters.
func ParseParams(header string) (map[string]string, error) {
	if len(header) > maxHeader {
		return nil, bad("too long")
	}
	scheme, rest, ok := strings.Cut(strings.TrimLeft(header, " \t"), " ")
	if !ok || !strings.EqualFold(scheme, "Digest") {
		return nil, bad("the scheme is not Digest")
	}
	params := map[string]string{}
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return params, nil
		}
		if len(params) == maxParams {
			return nil, bad("too many parameters")
		}
		var key, value string
		var err error
		if key, value, rest, err = param(rest); err != nil {
			return nil, err
		}
		if _, twice := params[key]; twice {
			return nil, bad("a parameter is there twice")
		}
		params[key] = value
	}
}

// param takes one parameter off s; after it only spaces and a comma may follow.
func param(s string) (key, value, rest string, err error) {
	i := strings.IndexByte(s, '=')
	if i < 0 {
		return "", "", "", bad("a parameter without a value")
	}
	key = strings.ToLower(strings.TrimRight(s[:i], " \t"))
	if !isToken(key) {
		return "", "", "", bad("bad name of a parameter")
	}
	s = strings.TrimLeft(s[i+1:], " \t")
	if strings.HasPrefix(s, `"`) {
		value, rest, err = quoted(s[1:])
	} else {
		end := strings.IndexAny(s, ", \t")
		if end < 0 {
			end = len(s)
		}
		if value, rest = s[:end], s[end:]; !isToken(value) {
			err = bad("bad value")
		}
	}
	if err != nil {
		return "", "", "", err
	}
	if rest = strings.TrimLeft(rest, " \t"); rest != "" && rest[0] != ',' {
		return "", "", "", bad("something between parameters")
	}
	return key, value, rest, nil
}

// quoted reads up to the closing quote.
func quoted(s string) (value, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], nil
		case c == '\\' && i+1 < len(s) && s[i+1] >= ' ':
			i++
			b.WriteByte(s[i])
		case c < ' ' && c != '\t' || c == 0x7f:
			return "", "", bad("control character")
		default:
			b.WriteByte(c)
		}
	}
	return "", "", bad("quote without an end")
}

func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"[]?{}`, r)
	})
}

var quoteEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// quote returns s as a quoted string, without control characters, which can't be in one.
func quote(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return `"` + quoteEscaper.Replace(s) + `"`
}
