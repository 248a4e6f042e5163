// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package portforward

import (
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint/proxyproto"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
)

// A pair is an accepted connection and the one to the upstream. Both sides belong to one loop.
type pair struct {
	f              *Forwarder
	client, server side
	loop           protocol.Loop                         // of the client
	connecting     *deferred.Deferred[protocol.Protocol] // nil when it is over
	stray          atomic.Bool                           // the upstream is on another loop
	begun          time.Time
	reason         error // of what ended first
}

// A side is one of the two connections of a pair, and its protocol. Loop only.
type side struct {
	pair  *pair
	t     protocol.Transport // nil before it is made, and when it is lost
	to    *side
	bytes int64 // received
}

var (
	_ protocol.HalfCloser = (*side)(nil)

	errOtherLoop = errors.New("portforward: the upstream was connected by another loop than that of the client: use Config.Dial")
)

func (s *side) ConnectionMade(t protocol.Transport) {
	p := s.pair
	if s == &p.server {
		if t.Loop() != p.loop { // this is not the loop of the pair: touch nothing of it
			p.stray.Store(true)
			t.AbortConnection()
			return
		}
		if s.t = t; p.client.t == nil { // an endpoint that cannot be cancelled
			t.AbortConnection()
		}
		return
	}
	s.t, p.loop = t, t.Loop()
	p.begun = t.Loop().Now()
	p.f.active.Add(1)
	p.f.accepted.Add(1)
	t.Pause() // until there is somewhere to send to
	client, err := p.f.client(t.Loop())
	if err != nil {
		p.fail(err)
		return
	}
	p.connecting = client.Connect(protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { return &p.server, nil }))
	p.connecting.AddTimeout(p.f.cfg.ConnectTimeout, t.Loop()).Done(p.connected)
}

// connected joins the two sides: each is the other's producer.
func (p *pair) connected(_ protocol.Protocol, err error) {
	p.connecting = nil
	client, server := p.client.t, p.server.t
	switch {
	case client == nil: // it went away meanwhile
		if server != nil {
			server.AbortConnection()
		}
		return
	case err == nil && p.stray.Load():
		err = errOtherLoop
	case err == nil && server == nil:
		return // the upstream came and went: the client was told
	case err == nil:
		err = p.announce()
	}
	if err == nil {
		err = errors.Join(client.RegisterProducer(server, protocol.PushProducer), server.RegisterProducer(client, protocol.PushProducer))
	}
	if err != nil {
		p.fail(err)
		return
	}
	policy.LoggedIn(client) // Limits.Login bounds the time until here
	client.Resume()
}

// announce tells the upstream who the client is.
func (p *pair) announce() error {
	if p.f.cfg.ProxyHeader == 0 {
		return nil
	}
	h := proxyproto.Header{
		Version: p.f.cfg.ProxyHeader, Source: protocol.FromNetAddr(p.client.t.RemoteAddr()), Destination: protocol.FromNetAddr(p.client.t.LocalAddr()),
	}
	b, err := h.Append(nil)
	if err != nil { // addresses that the header cannot tell
		if b, err = (proxyproto.Header{Version: h.Version, Local: true}).Append(nil); err != nil {
			return err
		}
	}
	_, err = p.server.t.Write(b)
	return err
}

// fail ends a pair that has no upstream.
func (p *pair) fail(err error) {
	p.f.failed.Add(1)
	p.reason = err
	if args, ok := p.f.lines.Allow(p.client.t.Loop().Now(), "peer", p.client.t.RemoteAddr().String(), "error", err); ok {
		p.f.cfg.Logger.Warn("portforward: cannot reach the upstream: connection closed", args...)
	}
	if p.server.t != nil {
		p.server.t.AbortConnection()
	}
	p.client.t.AbortConnection()
}

func (s *side) DataReceived(_ protocol.Transport, b []byte) {
	if s.t == nil { // a stray one
		return
	}
	s.bytes += int64(len(b))
	if to := s.to.t; to != nil {
		to.Write(b)
	}
}

// ReadConnectionLost passes the end of one direction on, and the whole end where the other side has no halves.
func (s *side) ReadConnectionLost(protocol.Transport) {
	if s.t == nil {
		return
	}
	to := s.to.t
	if to == nil {
		return
	}
	to.UnregisterProducer()
	if h, ok := protocol.As[protocol.HalfCloseTransport](to); ok {
		h.LoseWriteConnection()
		return
	}
	to.LoseConnection()
}

// WriteConnectionLost does nothing: the peer's end of stream ends the connection.
func (s *side) WriteConnectionLost(protocol.Transport) {}

func (s *side) ConnectionLost(t protocol.Transport, reason error) {
	if s.t == nil {
		return
	}
	p := s.pair
	s.t = nil
	if p.reason == nil {
		p.reason = reason
	}
	if p.connecting != nil && s == &p.client {
		p.connecting.Cancel()
	}
	if to := s.to.t; to != nil {
		to.UnregisterProducer()
		if errors.Is(reason, protocol.ErrConnectionDone) {
			to.LoseConnection()
		} else {
			to.AbortConnection()
		}
	}
	if s == &p.client {
		p.ended(t)
	}
}

// ended counts and tells of a pair whose client is gone.
func (p *pair) ended(t protocol.Transport) {
	in, out := p.client.bytes, p.server.bytes
	p.f.active.Add(-1)
	p.f.in.Add(in)
	p.f.out.Add(out)
	if !p.f.cfg.AccessLog {
		return
	}
	p.f.cfg.Logger.Info("portforward: connection", "peer", t.RemoteAddr().String(), "local", t.LocalAddr().String(), "in", in, "out", out,
		"seconds", t.Loop().Now().Sub(p.begun).Seconds(), "reason", p.reason)
}
