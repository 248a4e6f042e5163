// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// Reverse is a Resource that has other HTTP servers answer for the paths below it. It is a web.Leaf, serves any number of loops, and is safe from any goroutine. Twisted:
// proxy.ReverseProxyResource.
type Reverse struct {
	cfg      ReverseConfig
	log      *slog.Logger
	backends []*backend
	dialer   dialer
	turn     atomic.Uint64
	watched  atomic.Bool
	closed   atomic.Bool
	lines    lines
}

// NewReverse returns a Reverse with a copy of cfg.
func NewReverse(cfg ReverseConfig) (*Reverse, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	p := &Reverse{cfg: cfg, log: cfg.Logger}
	for _, u := range cfg.Upstreams {
		b, err := newBackend(u)
		if err != nil {
			return nil, err
		}
		b.http2 = cfg.HTTP2.exchange(b.secure)
		p.backends = append(p.backends, b)
	}
	p.dialer.make, p.dialer.cfg = cfg.Dial, cfg.Timeouts.client(cfg.Limits)
	if p.dialer.make == nil {
		p.dialer.make = dialString(cfg.Registry)
	}
	return p, nil
}

// pseudonym returns a name that no other proxy has.
func pseudonym() string { return "torsion-" + strings.ToLower(rand.Text()[:12]) }

// IsLeaf returns true.
func (p *Reverse) IsLeaf() bool { return true }

// Close closes the connections to the upstreams that are not in use, and ends the checks. Requests under way are finished; later ones are answered with 503.
func (p *Reverse) Close() {
	p.closed.Store(true)
	p.dialer.each(func(of *pools) {
		for _, pool := range of.pools {
			pool.Close()
		}
	})
}

// Render hands r to an upstream.
func (p *Reverse) Render(r *web.Request) {
	if p.closed.Load() {
		r.Error(503, "")
		return
	}
	if r.Method == "CONNECT" && extendedProtocol(r) == "" {
		r.Error(405, "")
		return
	}
	if refused(r) {
		return
	}
	path, ok := target(p.cfg.Path, r.PostPath, r.Query)
	if !ok {
		r.Error(400, "The path is not in its normal form.")
		return
	}
	var c carried
	fields := copyFields(make([]h1.Field, 0, r.Header.Len()+6), r, &c)
	if viaLoops(c.via, p.cfg.Name) {
		r.Error(508, "The request has come around in a circle.")
		return
	}
	fields = appendForwarded(fields, r, &c, within(p.cfg.Trusted, clientAddr(r)))
	fields = append(fields, h1.Field{Name: "Via", Value: appendVia(c.via, r.Proto, p.cfg.Name)})
	rl := &reverseRelay{
		relay: relay{
			r: r, tries: p.cfg.Tries, maxBody: p.cfg.MaxBody, tunnelIdle: p.cfg.Timeouts.Tunnel,
			base: exchange.Request{Method: r.Method, Target: path, Fields: fields},
		},
		p: p, chosen: -1,
	}
	rl.owner = rl
	if rl.relay.ask(p.cfg.HTTP2 == HTTP2PriorKnowledge); r.Method == "CONNECT" && !rl.extend(extendedProtocol(r)) {
		r.Error(400, "")
		return
	}
	rl.start()
}

// ask takes over what the connection-bound fields of the request ask for. only tells that HTTP/1.1 is not spoken upstream.
func (rl *relay) ask(only bool) {
	r := rl.r
	for t := range r.Header.Tokens("Connection") {
		if h1.EqualFold(t, "Upgrade") && r.Proto == "HTTP/1.1" && r.ContentLength() == 0 {
			rl.askUpgrade(r.Header.Get("Upgrade"), only)
		}
	}
	for t := range r.Header.Tokens("TE") {
		rl.base.Trailers = rl.base.Trailers || h1.EqualFold(t, "trailers")
	}
	rl.expecting = r.Proto != "HTTP/1.0" && r.ContentLength() != 0 && h1.EqualFold(r.Header.Get("Expect"), "100-continue")
}

// refused answers requests that are not for a proxy to hand on: those that have made enough hops (RFC 9110 section 7.6.2).
func refused(r *web.Request) bool {
	if r.Method != "TRACE" && r.Method != "OPTIONS" {
		return false
	}
	hops := r.Header.Get("Max-Forwards")
	if hops == "" {
		return false
	}
	n, ok := h1.ParseLength(hops)
	switch {
	case !ok:
		r.Error(400, "Max-Forwards is not a number.")
	case n == 0 && r.Method == "OPTIONS":
		r.SetStatus(204)
	case n == 0:
		r.Error(405, "")
	default:
		r.Header.Set("Max-Forwards", fmt.Sprint(n-1))
		return false
	}
	return true
}

// hostOf returns what an upstream is asked by. r is nil for checks.
func (p *Reverse) hostOf(b *backend, r *web.Request) string {
	switch {
	case p.cfg.PreserveHost && r != nil && r.Host != "":
		return r.Host
	case p.cfg.Host != "":
		return p.cfg.Host
	}
	return b.host
}

// A reverseRelay is a relay with its choice of upstreams.
type reverseRelay struct {
	relay
	p      *Reverse
	chosen int    // the number of the upstream
	tried  uint64 // a set of those numbers
	places rewriting
}

// next begins the exchange with an upstream that was not tried.
func (rl *reverseRelay) next(*relay) {
	p, r := rl.p, rl.r
	of, fresh, err := p.dialer.get(r.Loop(), p.backends)
	if err != nil {
		p.report(r.Loop().Now(), "proxy: no upstream", "error", err)
		rl.answer(502, "")
		return
	}
	if fresh {
		p.watch(of)
	}
	rl.tries--
	i := p.choose(r, rl.tried, r.Loop().Now())
	b := p.backends[i]
	rl.tried |= 1 << i
	rl.chosen = i
	rl.base.Host = p.hostOf(b, r)
	if !p.cfg.DisableRedirects || p.cfg.RewriteCookies {
		rl.places = rewriting{
			authority: rl.base.Host, base: strings.TrimSuffix(p.cfg.Path, "/"), front: front(r.PrePath),
			locations: !p.cfg.DisableRedirects, cookies: p.cfg.RewriteCookies,
		}
		rl.rewriting = &rl.places
	}
	b.active.Add(1)
	b.served.Add(1)
	rl.exchange()
	rl.send(of.pools[i])
}

// over counts the end of an exchange. What the client has caused is nothing against the upstream.
func (rl *reverseRelay) over(_ *relay, err error) {
	b := rl.p.backends[rl.chosen]
	b.active.Add(-1)
	e, ok := errors.AsType[*exchange.Error](err)
	switch {
	case err == nil:
		rl.p.noted(b, false, time.Time{})
	case ok && e.Phase != exchange.PhaseRequest && !errors.Is(err, exchange.ErrCancelled) && !errors.Is(err, exchange.ErrBusy):
		rl.p.noted(b, true, rl.r.Loop().Now())
	}
}

func (rl *reverseRelay) log(_ *relay, err error) {
	rl.p.report(rl.r.Loop().Now(), "proxy: upstream failed", protocolAttrs(rl.r, "upstream", rl.p.backends[rl.chosen].description, "error", err)...)
}

func protocolAttrs(r *web.Request, args ...any) []any {
	return append([]any{"peer", fmt.Sprint(r.RemoteAddr()), "method", r.Method, "uri", r.URI}, args...)
}

// report logs a warning, ten times a second at most.
func (p *Reverse) report(now time.Time, msg string, args ...any) { p.lines.warn(p.log, now, msg, args) }

// UpstreamStats tells of one upstream.
type UpstreamStats struct {
	Upstream string // its description
	Active   int64  // requests under way
	Requests int64  // that it was given
	Failed   int64  // of them, because of the upstream
	Well     bool   // it gets requests
}

// Stats returns the figures of the upstreams, in their order.
func (p *Reverse) Stats() []UpstreamStats {
	now := time.Now()
	var all []UpstreamStats
	for _, b := range p.backends {
		all = append(all, UpstreamStats{b.description, b.active.Load(), b.served.Load(), b.failed.Load(), b.well(now)})
	}
	return all
}

// lines bounds what is logged: peers decide how often things fail.
type lines struct{ second, count, held atomic.Int64 }

func (l *lines) warn(log *slog.Logger, now time.Time, msg string, args []any) {
	const most = 10 // a second
	if s := now.Unix(); l.second.Swap(s) != s {
		l.count.Store(0)
	}
	if l.count.Add(1) > most {
		l.held.Add(1)
		return
	}
	if n := l.held.Swap(0); n > 0 {
		args = append(args, "unlogged", n)
	}
	log.Warn(msg, args...)
}

var (
	_ web.Leaf = (*Reverse)(nil)
	_ owner    = (*reverseRelay)(nil)

	errForbidden = &protocol.ConnectError{Class: os.ErrPermission, Addr: "destination", Err: errors.New("not allowed")}
)
