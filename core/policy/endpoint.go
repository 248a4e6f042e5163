// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Server is an endpoint whose connections are held to limits.
//
// As a string, once [Register] has added the type: limit:DESCRIPTION with any of
//
//	conns=N            MaxConnections
//	perpeer=N          MaxPerPeer
//	rate=N             AcceptRate; to let them wait instead: acceptrate=N of a tcp: or tls: server
//	exempt=NET,NET...  Exempt
//	idle=D             Idle, as 60s, 5m, 1h; a number alone is seconds
//	login=D            Login: for servers whose protocols call LoggedIn
//	lifetime=D         Lifetime
//	read=R             Read.Connection, in bytes a second, as 500k, 1M, 2G (powers of 1024)
//	write=R            Write.Connection
//	peerread=R, peerwrite=R, totalread=R, totalwrite=R
//	burst=R            Read.Burst and Write.Burst
//
// such as limit:conns=1000:perpeer=10:idle=60s:write=1M:tcp:8080. On a TLS server it is the plain text that counts; behind haproxy: write limit:haproxy:tcp:80, so
// that peers are the original ones.
type Server struct {
	Inner   endpoint.Server
	Limiter *Limiter
}

var _ endpoint.Server = (*Server)(nil)

// Listen opens the inner server's port.
func (s *Server) Listen(f protocol.Factory) *deferred.Deferred[endpoint.Port] {
	return s.Inner.Listen(s.Limiter.Wrap(f))
}

// Register adds the type limit: to the descriptions that g knows.
func Register(g *endpoint.Registry) error { return g.RegisterServer("limit", parseServer) }

var (
	errNoLimit = errors.New("no limit is given")
	errNested  = errors.New("a limit within a limit: give the outer one all the keywords")
)

func parseServer(r endpoint.Reactor, a *endpoint.Args) (endpoint.Server, error) {
	var l Limits
	if p := a.Positional(); len(p) > 0 && strings.EqualFold(p[0], "limit") {
		return nil, errNested
	}
	if own, ok := r.(interface{ Logger() *slog.Logger }); ok {
		l.Logger = own.Logger()
	}
	fields := []struct {
		name string
		set  func(v string) error
	}{
		{"conns", count(&l.MaxConnections)},
		{"perpeer", count(&l.MaxPerPeer)},
		{"rate", count(&l.AcceptRate)},
		{"exempt", func(v string) (err error) { l.Exempt, err = networks(v); return err }},
		{"idle", span(&l.Idle)},
		{"login", span(&l.Login)},
		{"lifetime", span(&l.Lifetime)},
		{"read", size(&l.Read.Connection)},
		{"write", size(&l.Write.Connection)},
		{"peerread", size(&l.Read.Peer)},
		{"peerwrite", size(&l.Write.Peer)},
		{"totalread", size(&l.Read.Total)},
		{"totalwrite", size(&l.Write.Total)},
		{"burst", size(&l.Read.Burst, &l.Write.Burst)},
	}
	var names []string
	given := 0
	for _, f := range fields {
		names = append(names, f.name)
		v, ok := a.Keyword(f.name)
		if !ok {
			continue
		}
		given++
		if err := f.set(v); err != nil {
			a.Fail(f.name, err.Error(), nil)
		}
	}
	if given == 0 {
		return nil, errNoLimit
	}
	inner, err := a.Server(r, names...)
	if err != nil {
		return nil, err
	}
	m, err := NewLimiter(l)
	if err != nil {
		return nil, err
	}
	return &Server{Inner: inner, Limiter: m}, nil
}

func count(to *int) func(string) error {
	return func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return fmt.Errorf("not a number above 0: %q", v)
		}
		*to = n
		return nil
	}
}

func span(to *time.Duration) func(string) error {
	return func(v string) error {
		d, err := time.ParseDuration(v)
		if n, e := strconv.ParseInt(v, 10, 32); e == nil {
			d, err = time.Duration(n)*time.Second, nil
		}
		if err != nil || d <= 0 {
			return fmt.Errorf("not a time above 0, as 90, 60s or 5m: %q", v)
		}
		*to = d
		return nil
	}
}

func size(to ...*int64) func(string) error {
	return func(v string) error {
		shift := 0
		if i := strings.IndexAny(v, "kKmMgG"); i >= 0 && i == len(v)-1 {
			shift = map[byte]int{'k': 10, 'm': 20, 'g': 30}[v[i]|0x20]
			v = v[:i]
		}
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 1 || n > 1<<50>>shift {
			return errors.New("not a number of bytes above 0, as 64000, 500k or 1M")
		}
		for _, p := range to {
			*p = n << shift
		}
		return nil
	}
}

func networks(list string) (out []netip.Prefix, err error) {
	for s := range strings.SplitSeq(list, ",") {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			ip, e := netip.ParseAddr(s)
			if e != nil {
				return nil, fmt.Errorf("neither a network nor an address: %q", s)
			}
			p = netip.PrefixFrom(ip, ip.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
