// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"net/netip"

	"github.com/torsion-go/torsion/core/protocol"
)

// A ClientFactory is a Factory that follows its connector, and may connect it again from inside ConnectionFailed and ConnectionLost. New code uses an
// endpoint and a client service instead. Twisted: ClientFactory. Its methods are loop only.
type ClientFactory interface {
	protocol.Factory
	// StartedConnecting reports that an attempt begins.
	StartedConnecting(c *Connector)
	// ConnectionFailed reports that it failed, with a *protocol.ConnectError. Twisted: clientConnectionFailed.
	ConnectionFailed(c *Connector, reason error)
	// ConnectionLost reports the end of the connection, after its protocol was told. Twisted: clientConnectionLost.
	ConnectionLost(c *Connector, reason error)
}

// destination returns the address in a literal host:port, else the host's name.
func destination(addr string) protocol.Addr {
	if ap, err := netip.ParseAddrPort(addr); err == nil {
		return protocol.TCPAddr(ap)
	}
	return protocol.HostnameAddr(addr, 0)
}
