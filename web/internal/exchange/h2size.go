// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"errors"
	"strconv"

	"github.com/torsion-go/torsion/web/internal/h2"
)

// ErrHeaderTooLarge is the end of an exchange whose header is larger than what the server of HTTP/2 has said that it takes. Nothing of it is sent.
var ErrHeaderTooLarge = errors.New("the header is larger than what the server takes")

// A fieldSink takes the fields of a head.
type fieldSink interface {
	Pseudo(name, value string)
	Field(name, value string)
	Int(name string, n int64)
}

// A headSize adds up the size of a field section (RFC 9113 section 10.5.1).
type headSize int

func (s *headSize) Pseudo(name, value string) { s.Field(name, value) }

func (s *headSize) Field(name, value string) { *s += headSize(len(name) + len(value) + 32) }

func (s *headSize) Int(name string, n int64) { s.Field(name, strconv.FormatInt(n, 10)) }

func (c *h2conn) headSize(x *Exchange) int {
	var s headSize
	c.encode(x, &s)
	return int(s)
}

var (
	_ fieldSink = (*headSize)(nil)
	_ fieldSink = (*h2.Encoder)(nil)
)
