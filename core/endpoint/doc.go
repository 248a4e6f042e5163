// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package endpoint describes where to listen and what to connect to: as values that compose, or as text that an operator writes.
//
// # Typical use
//
//	server, err := endpoint.ServerFromString(r, "tls:8443:cert=cert.pem:key=key.pem")
//	if err != nil {
//		return err // names the faulty field of the description
//	}
//	server.Listen(factory).AddCallback(func(p endpoint.Port) (endpoint.Port, error) {
//		log.Print("listening on ", p.Addr())
//		return p, nil
//	})
//
//	client, err := endpoint.ClientFromString(r, "tls:www.example.org:443")
//	endpoint.Dial(client, func() *myProtocol { return &myProtocol{} }) // *deferred.Deferred[*myProtocol]
//
// Ordinary Go code uses the same endpoints: [Listen] gives a net.Listener and [DialConn] a net.Conn; [FromListener] and [FromDialer] go the other way.
//
// # The nouns
//
// A [Server] listens, a [Client] connects, a [Port] is what listens. A [Tunnel] is a Client that goes through a proxy, of a kind that a [Negotiation] speaks: package protocols/socks has one. A [Registry] makes servers and clients of descriptions; other packages add types to one by
// [Registry.RegisterServer] and [Registry.RegisterClient], whose parsers take their [Args].
//
// # Descriptions
//
// Fields are separated by colons; the first is the type, "key=value" is an argument by name, others are arguments by position. A backslash makes the next
// character plain text; [Quote] and [QuoteArgument] put it in. Files named by a description are read when it is parsed; sockets are opened by Listen and Connect.
//
//	server                                       client
//	tcp:PORT:interface=IP:backlog=N              tcp:HOST:PORT:timeout=S:bindAddress=IP     the first address
//	tcp6:PORT:interface=IP                       host:HOST:PORT                             all addresses, happy eyeballs
//	unix:PATH:mode=660:lockfile=0                unix:PATH:lockfile=1
//	ssl:PORT:privateKey=FILE:certKey=FILE        ssl:HOST:PORT:hostname=NAME:caCertsDir=DIR
//	tls:PORT:cert=FILE:key=FILE                  tls:HOST:PORT:trustRoots=DIR:endpoint=DESCRIPTION
//	memory:NAME                                  memory:NAME
//	fd:NUMBER
//	systemd:INET:0, systemd:index=0, systemd:name=NAME
//	stdio:
//	haproxy:DESCRIPTION, haproxy:trust=10.0.0.0/8:DESCRIPTION
//
// Package policy adds limit:conns=1000:perpeer=10:DESCRIPTION to a Registry. The comment of each type has the whole list of its arguments. Servers on TCP also take loops=N or loops=auto, to be served by several loops, accept=perloop to let each
// of them listen, acceptrate=N to let connections beyond so many in a second wait, and reuseport=yes.
//
// # Concurrency
//
// Listen, Connect and StopListening are loop only: they belong to the loop or reactor that the endpoint was made with. Endpoints are immutable after start and Registry
// is safe from any goroutine. The functions Listen and DialConn block and must not be called on a loop.
//
// # Standards
//
// RFC 8305 (happy eyeballs), RFC 5891 and UTS 46 (host names), sd_listen_fds(3), and the PROXY protocol of HAProxy. Not supported: endpoints that start a process, and
// service names in place of port numbers.
//
// Twisted: internet.endpoints, protocols.haproxy, python.systemd, application.strports.
package endpoint
