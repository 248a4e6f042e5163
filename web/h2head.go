// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"slices"

	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// headCache holds the header of the last response and the block that it was encoded as. A block that did not change the table of the encoder means the same again as long as
// nothing else changes it.
type headCache struct {
	fields  []h1.Field
	stamp   string
	length  int64
	status  int16
	typed   bool
	block   []byte
	changed uint64
}

// perConnection reports whether a field has no place in HTTP/2 (RFC 9113 section 8.2.2).
func perConnection(name string) bool {
	switch name {
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "content-length":
		return true
	}
	return false
}

// encode returns the block of the response's header: that of the resource and what every response has. It is to be sent before anything else is encoded.
func (c *h2conn) encode(s *h2stream) []byte {
	r, k, e := &s.req, &c.head, c.m.Enc
	fields, stamp, length := r.header.fields(), c.site.stamp(c.loop.Now()), r.announced()
	typed := r.declared != 0 && !noBody(r.Status())
	if s.opens {
		length, typed = -1, false
	}
	content := typed
	if k.block != nil && k.changed == e.Changed() && k.status == r.status && k.length == length && k.typed == typed && k.stamp == stamp && slices.Equal(k.fields, fields) {
		return k.block
	}
	before, keep := e.Changed(), true
	e.Begin()
	e.Status(r.Status())
	date, server := false, false
	for _, f := range fields {
		name := h2.LowerName(f.Name)
		switch name {
		case "date":
			date = true
		case "server":
			server = true
		case "content-type":
			typed = false
		case "connection":
			h1.Tokens(f.Value, func(t string) bool {
				if h1.EqualFold(t, "close") {
					c.closes = true
				}
				return true
			})
			keep = false
		case "priority":
			s.SetPriority(h2.ParsePriority(f.Value))
			keep = false
		}
		if !perConnection(name) {
			e.Field(name, f.Value)
		}
	}
	if name := c.site.config.Server; !server && name != "-" {
		e.Field("server", name)
	}
	if !date {
		e.Field("date", stamp[len(stamp)-31:len(stamp)-2])
	}
	if typed {
		e.Field("content-type", c.site.config.ContentType)
	}
	if length >= 0 {
		e.Int("content-length", length)
	}
	if keep = keep && before == e.Changed(); keep {
		*k = headCache{append(k.fields[:0], fields...), stamp, length, r.status, content, append(k.block[:0], e.Block()...), before}
	}
	return e.Block()
}
