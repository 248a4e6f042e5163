// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package resolver

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// Hosts is a resolver that knows the names in a fixed table and no others. Names are compared without regard to case and to a dot at the end; the keys have to
// be in lower case without that dot. It answers before ResolveHostName and HostByName return. Twisted: names.hosts.
type Hosts map[string][]netip.Addr

var (
	_ NameResolver = Hosts(nil)
	_ Simple       = Hosts(nil)
)

// ParseHosts reads a table in the format of /etc/hosts: an address and its names on each line, with comments after "#". The first line that is wrong is an
// error, as is one longer than 64 KiB.
func ParseHosts(r io.Reader) (Hosts, error) {
	h := Hosts{}
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		text, _, _ := strings.Cut(s.Text(), "#")
		f := strings.Fields(text)
		if len(f) == 0 {
			continue
		}
		ip, err := netip.ParseAddr(f[0])
		if err != nil {
			return nil, fmt.Errorf("resolver: hosts line %d: not an address: %q", n, f[0])
		}
		for _, name := range f[1:] {
			h[key(name)] = append(h[key(name)], ip)
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("resolver: hosts: %w", err)
	}
	return h, nil
}

func key(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// ResolveHostName reports the addresses of the table in their order.
func (h Hosts) ResolveHostName(_ protocol.Loop, q Query, r Receiver) Resolution {
	if a, ok := literal(q, r); ok {
		return a
	}
	a := begin(q, r, nil)
	a.deliver(h[key(q.Name)], nil)
	return a
}

// HostByName returns the first IPv4 address of the table.
func (h Hosts) HostByName(loop protocol.Loop, name string, _ ...time.Duration) *deferred.Deferred[netip.Addr] {
	return firstIPv4(loop, name, func(q Query, r Receiver) { h.ResolveHostName(loop, q, r) })
}
