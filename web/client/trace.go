// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"net"
	"net/http/httptrace"
	"net/netip"
	"net/textproto"
	"net/url"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/resolver"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// This file tells the hooks of Request.Trace of names, addresses and interim heads; the others are the exchange's business.

// traceGetConn tells of the beginning.
func (c *call) traceGetConn(via origin) {
	if h := c.req.Trace; h != nil && h.GetConn != nil {
		to := via.authority()
		if proxy, err := url.Parse(via.proxy); err == nil && via.proxy != "" {
			if o, err := proxyOrigin(proxy); err == nil {
				to = o.host
			}
		}
		h.GetConn(to)
	}
}

// traceInterim tells of a head with a status of 1xx. An error of the hook ends the request.
func (c *call) traceInterim(h *h1.ResponseHead) {
	trace := c.req.Trace
	if trace == nil || c.over {
		return
	}
	if h.Status == 100 && trace.Got100Continue != nil {
		trace.Got100Continue()
	}
	if trace.Got1xxResponse != nil && !c.over {
		header := headerOf(h)
		if err := trace.Got1xxResponse(h.Status, textproto.MIMEHeader(httpHeader(&header))); err != nil {
			c.abort(err)
		}
	}
}

// traceConnect has h tell of the name that it looks up, and of the addresses that it tries.
func traceConnect(h *endpoint.Hostname, trace *httptrace.ClientTrace) {
	if _, err := netip.ParseAddr(h.Host); err != nil {
		inner := h.Resolver
		if r, ok := h.Reactor.(interface{ Resolvers() *resolver.Installed }); ok && inner == nil {
			inner = r.Resolvers().Name()
		}
		if inner != nil {
			h.Resolver = resolver.NameResolverFunc(func(loop protocol.Loop, q resolver.Query, r resolver.Receiver) resolver.Resolution {
				if trace.DNSStart != nil {
					trace.DNSStart(httptrace.DNSStartInfo{Host: q.Name})
				}
				return inner.ResolveHostName(loop, q, &tracedLookup{Receiver: r, trace: trace})
			})
		}
	}
	h.Attempt = func(addr netip.AddrPort, f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
		if trace.ConnectStart != nil {
			trace.ConnectStart("tcp", addr.String())
		}
		one := &endpoint.TCPClient{Reactor: h.Reactor, Host: addr.Addr().String(), Port: int(addr.Port()), Timeout: h.Timeout, BindAddress: h.BindAddress}
		done := func(err error) {
			if trace.ConnectDone != nil {
				trace.ConnectDone("tcp", addr.String(), err)
			}
		}
		return one.Connect(&tracedFactory{f, done}).AddErrback(func(err error) (protocol.Protocol, error) {
			done(err)
			return nil, err
		})
	}
}

// A tracedFactory tells of the connection before its protocol knows of it.
type tracedFactory struct {
	protocol.Factory
	done func(error)
}

// Unwrap returns the factory.
func (f *tracedFactory) Unwrap() protocol.Factory { return f.Factory }

// BuildProtocol follows the connection.
func (f *tracedFactory) BuildProtocol(peer net.Addr) (protocol.Protocol, error) {
	f.done(nil)
	return f.Factory.BuildProtocol(peer)
}

// A tracedLookup tells of the answer to a question.
type tracedLookup struct {
	resolver.Receiver
	trace *httptrace.ClientTrace
	found []net.IPAddr
	err   error
}

// Resolved takes an address.
func (l *tracedLookup) Resolved(a protocol.Addr) {
	ip := a.AddrPort().Addr()
	l.found = append(l.found, net.IPAddr{IP: ip.AsSlice(), Zone: ip.Zone()})
	l.Receiver.Resolved(a)
}

// ResolutionFailed takes the reason why there is none.
func (l *tracedLookup) ResolutionFailed(err error) {
	l.err = err
	if f, ok := l.Receiver.(resolver.FailureReceiver); ok {
		f.ResolutionFailed(err)
	}
}

// Complete tells.
func (l *tracedLookup) Complete() {
	if l.trace.DNSDone != nil {
		l.trace.DNSDone(httptrace.DNSDoneInfo{Addrs: l.found, Err: l.err})
	}
	l.Receiver.Complete()
}

var _ resolver.FailureReceiver = (*tracedLookup)(nil)
