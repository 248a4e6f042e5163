// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol

import (
	"fmt"
	"log/slog"
)

// A ServiceNamer is a Factory or a DatagramProtocol that knows which service it belongs to. What the engine logs about its ports and connections has that name. It is asked
// once, when the port is opened or the connection attempted. Wrappers are seen through, by Unwrap.
type ServiceNamer interface{ ServiceName() string }

// ServiceName returns the name of the service that v, a factory or a datagram protocol, belongs to, "" for none.
func ServiceName(v any) string {
	if n, ok := As[ServiceNamer](v); ok {
		return n.ServiceName()
	}
	return ""
}

// WithServiceName returns a factory that builds what f builds, for the service of that name.
func WithServiceName(f Factory, name string) Factory { return &namedFactory{f, name} }

type namedFactory struct {
	Factory
	name string
}

func (f *namedFactory) ServiceName() string { return f.name }

// Unwrap returns the factory.
func (f *namedFactory) Unwrap() Factory { return f.Factory }

// A LogDescriber is a transport that tells what a line about its connection should say: conn, the number by which the reactor knows it, peer, local, protocol, and
// service where that has a name. Loop only.
type LogDescriber interface{ LogAttrs() []slog.Attr }

// LogAttrs returns what a line about the connection t should say, as arguments for an slog.Logger, followed by args: what t, or what it wraps, tells as a LogDescriber,
// else the peer. Loop only.
func LogAttrs(t Transport, args ...any) []any {
	d, ok := As[LogDescriber](t)
	if !ok {
		if a := t.RemoteAddr(); a != nil {
			return append([]any{slog.String("peer", a.String())}, args...)
		}
		return args
	}
	var all []any
	for _, a := range d.LogAttrs() {
		all = append(all, a)
	}
	return append(all, args...)
}

// TypeName returns the type of a protocol for the log: that of the innermost one, where layers such as TLS wrap it.
func TypeName(p Protocol) string {
	for {
		u, ok := p.(Unwrapper[Protocol])
		if !ok {
			return fmt.Sprintf("%T", p)
		}
		inner := u.Unwrap()
		if inner == nil {
			return fmt.Sprintf("%T", p)
		}
		p = inner
	}
}
