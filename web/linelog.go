// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"io"

	"github.com/torsion-go/torsion/core/protocol"
)

// RequestID is the name that a request goes by in logs, here and on other servers. Who sets it makes sure that it holds no more than what a log can take: package observe does.
var RequestID = NewKey[string]("request id")

// LineLog is [CombinedLog] with another format: it appends a line, with its line break, to b. It is called by one loop at a time.
func LineLog(w io.Writer, format func(b []byte, a *Access) []byte) AccessLog {
	return &combined{w: w, format: format}
}

// AppendQuoted appends s in quotes, as logs for machines have it: quotes, backslashes, control characters and bytes outside of ASCII are escaped; an empty s is "-".
func AppendQuoted(b []byte, s string) []byte { return appendQuoted(b, s) }

// AccessLogs returns an AccessLog that tells all of logs.
func AccessLogs(logs ...AccessLog) AccessLog { return &accessLogs{logs} }

type accessLogs struct{ logs []AccessLog }

func (l *accessLogs) LogAccess(a *Access) {
	for _, log := range l.logs {
		log.LogAccess(a)
	}
}

func (l *accessLogs) note(a *Access) {
	for _, log := range l.logs {
		if p, ok := log.(passLog); ok {
			p.note(a)
		} else {
			log.LogAccess(a)
		}
	}
}

func (l *accessLogs) flush() {
	for _, log := range l.logs {
		if p, ok := log.(passLog); ok {
			p.flush()
		}
	}
}

// FromProxy reports whether the peer is one of Config.Proxies: what it says about the request beyond what clients say may be believed.
func (r *Request) FromProxy() bool {
	p := &r.s.server().config.Proxies
	addr := protocol.FromNetAddr(r.RemoteAddr()).AddrPort().Addr().Unmap().WithZone("")
	return addr.IsValid() && p.trusts(addr) || !addr.IsValid() && p.Unix
}
