// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import "github.com/torsion-go/torsion/core/app"

// endpointsTopic is help without a command.
var endpointsTopic = app.Topic{
	Name:  "endpoints",
	Short: "What --listen and --to take",
	Text: `An endpoint description names where to listen, or where to connect to. Its parts are separated by colons; a colon inside a part is written \:, as in an IPv6 address.

To listen:

  tcp:8080                                     TCP on all IPv4 addresses
  tcp:8080:interface=127.0.0.1                 on one address
  tcp:8080:interface=\:\:1                     on an IPv6 address
  tcp6:8080                                    on all IPv6 addresses
  tls:8443:cert=cert.pem:key=key.pem           TLS
  unix:/run/web.sock:mode=660                  a UNIX socket
  systemd:index=0                              a socket that systemd passed
  fd:3                                         an open socket of the parent process
  haproxy:tcp:8080                             behind a proxy that sends the PROXY protocol, version 1 or 2
  haproxy:trust=10.0.0.0/8:tcp:8080            the same, for proxies on that network only: others could claim any address
  limit:conns=1000:perpeer=10:tcp:8080         with limits
  limit:idle=60s:haproxy:tcp:8080              with limits that see the clients behind a proxy

TCP and TLS take loops=N or loops=auto to use several processors, accept=perloop to let each loop listen itself, and backlog=N.

limit:DESCRIPTION  limits on any server: conns= perpeer= rate= exempt= idle= login= lifetime= read= write= peerread= peerwrite= totalread= totalwrite= burst=
  conns=N perpeer=N rate=N                     connections in all, of one address, and new ones in a second
  exempt=10.0.0.0/8,192.0.2.1                  who is not held to perpeer=, rate=, peerread= and peerwrite=
  idle=60s login=10s lifetime=1h               ends connections that are silent, not logged in, or old
  read=500k write=1M                           bytes a second of each connection; with peer or total before it, of each address or of all
  burst=64k                                    how much may go at once

To connect:

  tcp:host:80                                  TCP, to each of the host's addresses until one answers
  tcp:host:80:timeout=5:bindAddress=192.0.2.1  with a time-out in seconds, from one of our addresses
  tls:host:443                                 TLS
  unix:/run/app.sock                           a UNIX socket
  process:/usr/bin/app:argument                a program's standard input and output, one for each connection`,
}
