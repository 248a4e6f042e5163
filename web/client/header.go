// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"strings"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/received"
)

// splitHeader makes header the fields of a message, and conn those of its connection. Nothing is copied where there are none of these.
func splitHeader(lines h1.Lines, header, conn *web.Header) {
	all := string(lines)
	var rest, own strings.Builder
	kept := 0 // up to where all is in rest, once something is in own
	for at := 0; at < len(all); {
		end := strings.IndexByte(all[at:], '\n')
		if end < 0 {
			end = len(all)
		} else {
			end += at + 1
		}
		if ofConnection(all[at:end]) {
			rest.WriteString(all[kept:at])
			own.WriteString(all[at:end])
			kept = end
		}
		at = end
	}
	if own.Len() == 0 {
		received.Header(header, lines)
		return
	}
	rest.WriteString(all[kept:])
	received.Header(header, h1.Lines(rest.String()))
	received.Header(conn, h1.Lines(own.String()))
}

// headerOf returns the fields of a head.
func headerOf(h *h1.ResponseHead) (header web.Header) {
	received.Header(&header, h.Fields)
	return header
}

// ofConnection reports whether a line is that of a field between two neighbours only.
func ofConnection(line string) bool {
	switch line[0] | 0x20 {
	case 'c', 'k', 'p', 't', 'u':
	default:
		return false
	}
	name := line[:strings.IndexByte(line, ':')]
	switch len(name) {
	case 2:
		return h1.EqualFold(name, "TE")
	case 7:
		return h1.EqualFold(name, "Upgrade")
	case 10:
		return h1.EqualFold(name, "Connection") || h1.EqualFold(name, "Keep-Alive")
	case 16:
		return h1.EqualFold(name, "Proxy-Connection")
	case 17:
		return h1.EqualFold(name, "Transfer-Encoding")
	}
	return false
}
