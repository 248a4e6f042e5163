// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package observe

import (
	"encoding/hex"
	"io"
	"net"
	"net/netip"
	"strconv"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// CommonLog returns an AccessLog in the Common Log Format. [web.CombinedLog] tells what holds for it too.
func CommonLog(w io.Writer) web.AccessLog {
	return web.LineLog(w, func(b []byte, a *web.Access) []byte {
		return append(appendCommon(b, a, peer(a.Remote)), '\n')
	})
}

// ProxiedLog returns an AccessLog in the Combined Log Format whose lines begin with the client's address as trusted proxies tell it: [web.Request.ClientAddr]. Twisted: proxiedLogFormatter, which believes everybody.
func ProxiedLog(w io.Writer) web.AccessLog {
	return web.LineLog(w, func(b []byte, a *web.Access) []byte {
		b = appendCommon(b, a, client(a))
		b = web.AppendQuoted(append(b, ' '), a.Referer)
		b = web.AppendQuoted(append(b, ' '), a.UserAgent)
		return append(b, '\n')
	})
}

// peer returns the address of the peer, the zero Addr if it has no IP address.
func peer(a net.Addr) netip.Addr { return protocol.FromNetAddr(a).AddrPort().Addr() }

// client returns the address of the client.
func client(a *web.Access) netip.Addr {
	if a.Request == nil {
		return peer(a.Remote)
	}
	return a.Request.ClientAddr()
}

func appendCommon(b []byte, a *web.Access, from netip.Addr) []byte {
	if from.IsValid() {
		b = from.AppendTo(b)
	} else {
		b = append(b, '-')
	}
	b = a.Time.AppendFormat(b, " - - [02/Jan/2006:15:04:05 -0700] ")
	b = web.AppendQuoted(b, a.Method+" "+a.URI+" "+a.Proto)
	b = strconv.AppendInt(append(b, ' '), int64(a.Status), 10)
	if a.Bytes == 0 {
		return append(b, " -"...)
	}
	return strconv.AppendInt(append(b, ' '), a.Bytes, 10)
}

// JSONLog returns an AccessLog that writes an object a line: time (RFC 3339), id, client, remote, method, host, uri, proto, status, bytes, duration (seconds), referer, user_agent, trace_id and span_id; what is not known is left out.
// Bytes that are not UTF-8 are replaced, and what terminals act on is escaped. [web.CombinedLog] tells what else holds for it.
func JSONLog(w io.Writer) web.AccessLog { return web.LineLog(w, appendJSON) }

func appendJSON(b []byte, a *web.Access) []byte {
	b = append(b, `{"time":"`...)
	b = a.Time.AppendFormat(b, "2006-01-02T15:04:05.000Z07:00")
	b = append(b, '"')
	text := func(name, value string) {
		if value != "" {
			b = append(append(append(b, `,"`...), name...), `":`...)
			b = appendString(b, value)
		}
	}
	if a.Request != nil {
		id, _ := web.RequestID.Get(a.Request)
		text("id", id)
	}
	if ip := client(a); ip.IsValid() {
		text("client", ip.String())
	}
	if ip := peer(a.Remote); ip.IsValid() {
		text("remote", ip.String())
	}
	text("method", a.Method)
	text("host", a.Host)
	text("uri", a.URI)
	text("proto", a.Proto)
	b = strconv.AppendInt(append(b, `,"status":`...), int64(a.Status), 10)
	b = strconv.AppendInt(append(b, `,"bytes":`...), a.Bytes, 10)
	b = strconv.AppendFloat(append(b, `,"duration":`...), a.Duration.Seconds(), 'f', 6, 64)
	text("referer", a.Referer)
	text("user_agent", a.UserAgent)
	if a.Request != nil {
		if sc, ok := spanContext.Get(a.Request); ok {
			text("trace_id", hex.EncodeToString(sc.TraceID[:]))
			text("span_id", hex.EncodeToString(sc.SpanID[:]))
		}
	}
	return append(b, "}\n"...)
}

// appendString appends s as JSON in ASCII.
func appendString(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	unit := func(r rune) {
		b = append(b, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
	}
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r >= ' ' && r < 0x7f:
			b = append(b, byte(r))
		case r > 0xffff:
			unit(0xd800 + (r-0x10000)>>10)
			unit(0xdc00 + (r-0x10000)&0x3ff)
		default:
			unit(r) // utf8.RuneError for what is not UTF-8
		}
	}
	return append(b, '"')
}
