// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import (
	"iter"
	"strings"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// maxElements bounds the elements, and the parameters of them all, of a handshake's lists.
const maxElements = 64

// An Extension is one element of Sec-WebSocket-Extensions (RFC 6455 section 9.1).
type Extension struct {
	Name   string
	Params []Param
}

// A Param is a parameter of an [Extension].
type Param struct {
	Name, Value string
	HasValue    bool
}

// ParseExtensions reads the values of Sec-WebSocket-Extensions. Names and values are tokens; a value may be quoted. Empty elements are passed over, as lists of RFC 9110 section
// 5.6.1 have it. More than 64 elements and parameters are an error.
func ParseExtensions(values iter.Seq[string]) ([]Extension, error) {
	var list []Extension
	count := 0
	for v := range values {
		s := scanner{rest: v}
		for {
			s.space()
			if s.is(',') {
				continue
			}
			if s.rest == "" {
				break
			}
			e := Extension{Name: s.token()}
			count++
			for s.space(); s.is(';'); s.space() {
				s.space()
				p := Param{Name: s.token()}
				if s.space(); s.is('=') {
					s.space()
					p.Value, p.HasValue = s.value(), true
				}
				e.Params = append(e.Params, p)
				if count++; s.bad || count > maxElements {
					break
				}
			}
			if s.bad || s.rest != "" && !s.is(',') || count > maxElements {
				return nil, &HandshakeError{400, "Sec-WebSocket-Extensions cannot be read"}
			}
			list = append(list, e)
		}
	}
	return list, nil
}

// A scanner reads the grammar of header fields. What is missing makes it bad.
type scanner struct {
	rest string
	bad  bool
}

func (s *scanner) space() { s.rest = strings.TrimLeft(s.rest, " \t") }

func (s *scanner) is(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

func (s *scanner) token() string {
	n := 0
	for n < len(s.rest) && h1.IsToken(s.rest[n:n+1]) {
		n++
	}
	t := s.rest[:n]
	s.rest = s.rest[n:]
	s.bad = s.bad || n == 0
	return t
}

// value reads a token or a quoted-string that holds one.
func (s *scanner) value() string {
	if !s.is('"') {
		return s.token()
	}
	var b []byte
	for s.rest != "" && !s.is('"') {
		c := s.rest[0]
		s.rest = s.rest[1:]
		if c == '\\' && s.rest != "" {
			c, s.rest = s.rest[0], s.rest[1:]
		}
		if b = append(b, c); s.rest == "" {
			s.bad = true // no quote at the end
		}
	}
	s.bad = s.bad || !h1.IsToken(string(b))
	return string(b)
}
