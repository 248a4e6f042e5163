// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// Forward is a Resource that goes where clients ask it to: the root of a proxy's site. It relays requests for http URLs and makes tunnels for CONNECT. It is a web.Leaf, serves any
// number of loops, and is safe from any goroutine. Twisted: proxy.Proxy, ProxyRequest.
type Forward struct {
	cfg    ForwardConfig
	log    *slog.Logger
	hosts  hosts
	parent *parent // nil for none
	closed atomic.Bool
	lines  lines
}

// NewForward returns a Forward with a copy of cfg.
func NewForward(cfg ForwardConfig) (*Forward, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	q, err := newParent(&cfg)
	if err != nil {
		return nil, err
	}
	return &Forward{cfg: cfg, log: cfg.Logger, parent: q}, nil
}

// IsLeaf returns true.
func (p *Forward) IsLeaf() bool { return true }

// Close closes the connections that are not in use. Requests under way are finished; later ones are answered with 503.
func (p *Forward) Close() {
	p.closed.Store(true)
	p.hosts.mu.Lock()
	defer p.hosts.mu.Unlock()
	for loop, m := range p.hosts.of {
		loop.CallFromThread(func() {
			for _, pool := range m {
				pool.Close()
			}
		})
	}
}

// Render goes where r says.
func (p *Forward) Render(r *web.Request) {
	connect := r.Method == "CONNECT"
	absolute := !connect && len(r.URI) > 0 && r.URI[0] != '/' && r.URI != "*"
	switch {
	case !connect && !absolute && p.cfg.Next != nil:
		web.Dispatch(p.cfg.Next, r)
		return
	case !connect && !absolute:
		r.Error(400, "This is a proxy: requests are for a whole URL.")
		return
	case p.closed.Load():
		r.Error(503, "")
		return
	case extendedProtocol(r) != "": // the tunnel would be for another protocol than the client means
		r.Error(501, "")
		return
	}
	if within(p.cfg.Clients, clientAddr(r)) || !clientAddr(r).IsValid() && anyLoopback(p.cfg) {
		p.admitted(r, connect)
		return
	}
	p.login(r, connect)
}

func anyLoopback(cfg ForwardConfig) bool {
	for _, n := range cfg.Clients {
		if n.Addr().IsLoopback() {
			return true
		}
	}
	return false
}

// login asks who the client is.
func (p *Forward) login(r *web.Request, connect bool) {
	if p.cfg.Users == nil {
		r.Error(403, "The proxy does not serve this client.")
		return
	}
	user, ok := basic(r.Header.Get("Proxy-Authorization"))
	if !ok {
		p.challenge(r)
		return
	}
	d := p.cfg.Users.RequestAvatarID(r.Loop(), user)
	web.Later(r, deferred.ThenBoth(d, func(id cred.AvatarID, err error) (error, error) {
		if err == nil && !id.IsValid() {
			err = cred.ErrUnauthorizedLogin
		}
		return err, nil
	}), func(err error) {
		switch {
		case err == nil:
			p.admitted(r, connect)
		case errors.Is(err, cred.ErrUnauthorizedLogin), errors.Is(err, cred.ErrLoginDenied):
			p.challenge(r)
		default:
			p.lines.warn(p.log, r.Loop().Now(), "proxy: login failed", protocolAttrs(r, "error", err))
			r.Error(503, "")
		}
	})
}

func (p *Forward) challenge(r *web.Request) {
	r.Error(407, "")
	r.ResponseHeader().Set("Proxy-Authenticate", `Basic realm="`+p.cfg.Realm+`", charset="UTF-8"`)
}

// basic reads the credentials of RFC 7617.
func basic(v string) (cred.UsernamePassword, bool) {
	scheme, rest, _ := strings.Cut(v, " ")
	b, err := base64.StdEncoding.DecodeString(strings.TrimLeft(rest, " "))
	name, pass, ok := strings.Cut(string(b), ":")
	if err != nil || !ok || !h1.EqualFold(scheme, "Basic") {
		return cred.UsernamePassword{}, false
	}
	return cred.UsernamePassword{Username: name, Password: pass}, true
}

// admitted judges the destination.
func (p *Forward) admitted(r *web.Request, connect bool) {
	authority, usual := r.Host, 80
	if connect {
		authority, usual = r.URI, 0
	} else if scheme, _, _ := strings.Cut(r.URI, "://"); !h1.EqualFold(scheme, "http") {
		r.Error(400, "The proxy relays http only: use CONNECT.")
		return
	}
	to, ok := placeOf(authority, usual, local(clientAddr(r)))
	switch {
	case !ok:
		r.Error(400, "The destination is not well-formed.")
	case !p.cfg.mayPort(to.port, connect):
		r.Error(403, "The proxy does not go to this port.")
	case p.parent != nil && !p.mayAsk(to):
		r.Error(403, "The proxy does not go there.")
	case viaLoops(viaOf(r), p.cfg.Name):
		r.Error(508, "The request has come around in a circle.")
	case connect:
		p.connect(r, to)
	case !refused(r):
		p.relay(r, to)
	}
}

func viaOf(r *web.Request) string {
	via := ""
	for v := range r.Header.Values("Via") {
		via = join(via, v, ", ")
	}
	return via
}

// relay hands on a request for a URL.
func (p *Forward) relay(r *web.Request, to place) {
	var c carried
	fields := copyFields(make([]h1.Field, 0, r.Header.Len()+4), r, &c)
	fields = append(fields, h1.Field{Name: "Via", Value: appendVia(c.via, r.Proto, p.cfg.Name)})
	// What the client says of others who came before it is its own business, and nothing is added: a proxy of this kind does not tell of its clients.
	for _, f := range [...]h1.Field{{Name: "X-Forwarded-For", Value: c.xfor}, {Name: "X-Forwarded-Proto", Value: c.xproto}, {Name: "X-Forwarded-Host", Value: c.xhost}, {Name: "Forwarded", Value: c.forwarded}} {
		if f.Value != "" {
			fields = append(fields, f)
		}
	}
	target := r.Path
	switch {
	case r.Method == "OPTIONS" && target == "/" && r.Query == "" && strings.Count(r.URI, "/") == 2: // RFC 9112 section 3.2.4
		target = "*"
	case r.Query != "":
		target += "?" + r.Query
	}
	rl := &forwardRelay{
		relay: relay{
			r: r, tries: 2, maxBody: p.cfg.MaxBody, tunnelIdle: p.cfg.Timeouts.Tunnel, pseudonym: p.cfg.Name,
			base: exchange.Request{Method: r.Method, Target: target, Host: r.Host, Fields: fields},
		},
		p: p, to: to,
	}
	rl.owner = rl
	rl.ask(false)
	rl.to = rl.toParent()
	rl.start()
}

// A forwardRelay is a relay to one place.
type forwardRelay struct {
	relay
	p  *Forward
	to place
}

func (rl *forwardRelay) next(*relay) {
	rl.tries--
	pool, err := rl.p.pool(rl.r.Loop(), rl.to)
	if err != nil {
		rl.log(nil, err)
		rl.answer(502, "")
		return
	}
	rl.exchange()
	rl.send(pool)
}

func (rl *forwardRelay) over(*relay, error) {}

func (rl *forwardRelay) log(_ *relay, err error) {
	rl.p.lines.warn(rl.p.log, rl.r.Loop().Now(), "proxy: destination failed", protocolAttrs(rl.r, "error", err))
}

// connect makes a tunnel (RFC 9110 section 9.3.6).
func (p *Forward) connect(r *web.Request, to place) {
	c, err := p.client(r.Loop(), to)
	if err != nil {
		p.lines.warn(p.log, r.Loop().Now(), "proxy: no tunnel", protocolAttrs(r, "error", err))
		r.Error(502, "")
		return
	}
	r.NotDoneYet()
	t := newTunnel(r.Loop(), p.cfg.Timeouts.Tunnel, nil)
	d := endpoint.Dial(c, func() protocol.Protocol { return &t.back }).AddTimeout(p.cfg.Timeouts.Connect, r.Loop())
	left := false
	r.NotifyEnd(func(err error) {
		if err != nil {
			left = true
			d.Cancel()
		}
	})
	d.Done(func(_ protocol.Protocol, err error) {
		if err == nil && t.back.lost {
			err = protocol.Lost(errors.New("the destination closed the connection"))
		}
		if err == nil && !left {
			if err = r.Upgrade(&t.front); err == nil {
				return
			}
		}
		t.timer.Cancel()
		t.front.lost = true
		if t.back.t != nil {
			t.back.t.AbortConnection()
		}
		if left {
			return
		}
		p.lines.warn(p.log, r.Loop().Now(), "proxy: no tunnel", protocolAttrs(r, "error", err))
		switch {
		case errors.Is(err, web.ErrNotUpgradable):
			r.Error(501, "")
		case errors.Is(err, errForbidden):
			r.Error(403, "The proxy does not go there.")
		case errors.Is(err, os.ErrDeadlineExceeded):
			r.Error(504, "The destination did not answer in time.")
		default:
			r.Error(502, "The destination cannot be reached.")
		}
		r.Finish()
	})
}

var (
	_ web.Leaf = (*Forward)(nil)
	_ owner    = (*forwardRelay)(nil)
)
