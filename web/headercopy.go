// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"net/http"

	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/received"
)

// Clone returns a copy that shares nothing with h.
func (h *Header) Clone() Header {
	c := Header{lines: h.lines}
	if h.set != nil {
		c.set = &fieldSet{fields: append([]h1.Field(nil), h.set.fields...), bad: h.set.bad}
	}
	return c
}

// Equal reports whether both headers have the same names, whatever their case, with the same values in the same order. The order of the names does not matter.
func (h *Header) Equal(other *Header) bool { return h.Len() == other.Len() && h.within(other) }

// within reports whether each name of h has the same values in other. With as many fields in all, other has no more.
func (h *Header) within(other *Header) bool {
	values := make(map[string][]string, other.Len())
	for k, v := range other.All() {
		k = canonical(k)
		values[k] = append(values[k], v)
	}
	for k, v := range h.All() {
		k = canonical(k)
		if len(values[k]) == 0 || values[k][0] != v {
			return false
		}
		values[k] = values[k][1:]
	}
	return true
}

// canonical returns a name, which is a token, in the form that is usual on the wire. It does not allocate for the names that are.
func canonical(name string) string {
	if usual(name) {
		return name
	}
	switch name = http.CanonicalHeaderKey(name); name {
	case "Etag":
		return "ETag"
	case "Www-Authenticate":
		return "WWW-Authenticate"
	case "Te":
		return "TE"
	case "Dnt":
		return "DNT"
	case "Content-Md5":
		return "Content-MD5"
	case "P3p":
		return "P3P"
	case "X-Xss-Protection":
		return "X-XSS-Protection"
	case "Sec-Websocket-Accept":
		return "Sec-WebSocket-Accept"
	case "Sec-Websocket-Protocol":
		return "Sec-WebSocket-Protocol"
	case "Sec-Websocket-Extensions":
		return "Sec-WebSocket-Extensions"
	case "Sec-Websocket-Version":
		return "Sec-WebSocket-Version"
	}
	return name
}

// What the other packages of this module receive becomes a Header as what a Site does.
var _ = received.By(func(h any, lines h1.Lines) { *h.(*Header) = Header{lines: lines} })

// usual reports whether name is one of those that responses mostly have, in its usual form. Such a name needs no closer look.
func usual(name string) bool {
	switch name {
	case "Content-Type", "Content-Length", "Content-Encoding", "Cache-Control", "Date", "ETag", "Expires", "Last-Modified", "Location", "Server", "Set-Cookie", "Vary":
		return true
	}
	return false
}
