// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/torsion-go/torsion/core/resolver"
)

// A ServerParser makes a Server of the arguments of a description. It opens no sockets; it may read files that the arguments name.
type ServerParser func(r Reactor, a *Args) (Server, error)

// A ClientParser makes a Client of the arguments of a description.
type ClientParser func(r Reactor, a *Args) (Client, error)

// A Registry knows the types of endpoints that descriptions may name: the built-in ones and those that were added. The zero Registry has the built-in
// ones. It must not be copied; its fields are immutable after the first use, its methods are safe from any goroutine.
type Registry struct {
	// Resolvers looks up the names in client descriptions; nil means those of the reactor, if it has a method Resolvers() *resolver.Installed, else the
	// system's.
	Resolvers *resolver.Installed
	// Inherited are the descriptors for systemd: descriptions; nil means those of this process, see [ProcessListenFDs].
	Inherited *ListenFDs
	// Memory joins memory: descriptions; nil means the network that the whole process shares.
	Memory *MemoryNetwork
	// Logger receives warnings about what descriptions ask for; nil means the reactor's, if it has a method Logger() *slog.Logger, else slog.Default().
	Logger *slog.Logger

	mu      sync.Mutex
	servers map[string]ServerParser
	clients map[string]ClientParser
}

// NewRegistry returns a Registry with the built-in types.
func NewRegistry() *Registry { return &Registry{} }

// RegisterServer adds a type of server descriptions; case does not matter. Built-in types and those already added cannot be replaced: that is an error. Twisted:
// IStreamServerEndpointStringParser.
func (g *Registry) RegisterServer(prefix string, parse ServerParser) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := strings.ToLower(prefix)
	if builtinServer(key) != nil || g.servers[key] != nil {
		return fmt.Errorf("endpoint: server type %q exists already", key)
	}
	if g.servers == nil {
		g.servers = map[string]ServerParser{}
	}
	g.servers[key] = parse
	return nil
}

// RegisterClient adds a type of client descriptions, as RegisterServer does for servers. Twisted: IStreamClientEndpointStringParserWithReactor.
func (g *Registry) RegisterClient(prefix string, parse ClientParser) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := strings.ToLower(prefix)
	if builtinClient(key) != nil || g.clients[key] != nil {
		return fmt.Errorf("endpoint: client type %q exists already", key)
	}
	if g.clients == nil {
		g.clients = map[string]ClientParser{}
	}
	g.clients[key] = parse
	return nil
}

// ServerFromString makes a Server of a description. Errors are of type *[Error]. Twisted: serverFromString.
func (g *Registry) ServerFromString(r Reactor, description string) (Server, error) {
	d, err := ParseDescription(description)
	if err != nil {
		return nil, err
	}
	return g.server(r, newArgs(d.text, d.fields, g))
}

// ClientFromString makes a Client of a description. Errors are of type *[Error]. Twisted: clientFromString.
func (g *Registry) ClientFromString(r Reactor, description string) (Client, error) {
	d, err := ParseDescription(description)
	if err != nil {
		return nil, err
	}
	return g.client(r, newArgs(d.text, d.fields, g))
}

func (g *Registry) server(r Reactor, a *Args) (Server, error) {
	key := strings.ToLower(a.Type())
	parse := builtinServer(key)
	if parse == nil {
		g.mu.Lock()
		parse = g.servers[key]
		g.mu.Unlock()
	}
	if parse == nil {
		return nil, a.unknownType()
	}
	s, err := parse(r, a)
	if err != nil {
		return nil, a.asError(err)
	}
	return s, nil
}

func (g *Registry) client(r Reactor, a *Args) (Client, error) {
	key := strings.ToLower(a.Type())
	parse := builtinClient(key)
	if parse == nil {
		g.mu.Lock()
		parse = g.clients[key]
		g.mu.Unlock()
	}
	if parse == nil {
		return nil, a.unknownType()
	}
	c, err := parse(r, a)
	if err != nil {
		return nil, a.asError(err)
	}
	return c, nil
}

// The built-in types are functions, not tables: nothing is set up before main, and nothing can be changed.

func builtinServer(key string) ServerParser {
	switch key {
	case "tcp":
		return parseTCPServer
	case "tcp6":
		return parseTCP6Server
	case "unix":
		return parseUNIXServer
	case "ssl":
		return parseSSLServer
	case "tls":
		return parseTLSServer
	case "stdio":
		return parseStandardIO
	case "systemd":
		return parseSystemd
	case "fd":
		return parseFD
	case "haproxy":
		return parseHAProxy
	case "memory":
		return parseMemoryServer
	}
	return nil
}

func builtinClient(key string) ClientParser {
	switch key {
	case "tcp":
		return parseTCPClient
	case "host":
		return parseHostname
	case "unix":
		return parseUNIXClient
	case "ssl":
		return parseSSLClient
	case "tls":
		return parseTLSClient
	case "memory":
		return parseMemoryClient
	}
	return nil
}

// maxNesting bounds how deep descriptions may be nested.
const maxNesting = 8

// nested makes the server that the arguments of a, without those called own, describe.
func (g *Registry) nested(r Reactor, a *Args, own ...string) (Server, error) {
	inner := a.inner(own...)
	if inner.depth > maxNesting {
		return nil, &Error{Text: a.text, Offset: inner.typ.Offset, Reason: "nested too deep"}
	}
	return g.server(r, inner)
}

// Server makes the server that is described by the arguments without those called own: a wrapping type, such as haproxy:, takes its own arguments and asks for the
// rest. Afterwards Err is not to be called, as the inner type has seen to what is left.
func (a *Args) Server(r Reactor, own ...string) (Server, error) {
	if a.err != nil {
		return nil, a.err
	}
	return a.reg.nested(r, a, own...)
}

// resolver returns the resolver that descriptions are to use, or nil for that of the reactor.
func (g *Registry) resolver() resolver.NameResolver {
	if g.Resolvers == nil {
		return nil
	}
	return g.Resolvers.Name()
}

// ServerFromString makes a Server of a description with the built-in types. Errors are of type *[Error].
func ServerFromString(r Reactor, description string) (Server, error) {
	return NewRegistry().ServerFromString(r, description)
}

// ClientFromString makes a Client of a description with the built-in types. Errors are of type *[Error].
func ClientFromString(r Reactor, description string) (Client, error) {
	return NewRegistry().ClientFromString(r, description)
}
