// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// A target is a parsed Address of a configuration.
type target struct {
	unix bool
	path string         // unix
	ap   netip.AddrPort // else; the address is invalid for an empty host part
	v4   bool           // the network says IPv4
	v6   bool           // the network says IPv6
}

// parse reads the address of one of the networks kind ("tcp" or "udp"), kind4, kind6 and unix ("unix" or "unixgram").
func parse(network, address, kind, unix string) (target, error) {
	var t target
	switch network {
	case unix:
		return target{unix: true, path: address}, nil
	case kind:
	case kind + "4":
		t.v4 = true
	case kind + "6":
		t.v6 = true
	default:
		return t, fmt.Errorf("poll: unknown network %q", network)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return t, fmt.Errorf("poll: address %q: %w", address, err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return t, fmt.Errorf("poll: address %q: invalid port %q", address, port)
	}
	var ip netip.Addr
	if host != "" {
		if ip, err = netip.ParseAddr(host); err != nil {
			return t, fmt.Errorf("poll: address %q: %w", address, err)
		}
		ip = ip.Unmap()
		if t.v4 && !ip.Is4() || t.v6 && !ip.Is6() {
			return t, fmt.Errorf("poll: address %q is not of network %q", address, network)
		}
	}
	t.ap = netip.AddrPortFrom(ip, uint16(n))
	return t, nil
}
