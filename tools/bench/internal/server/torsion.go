// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

// torsion is our engine over one of its pollers.
func torsion(name, poller string) Engine {
	return Engine{
		Name:  name,
		About: "Torsion over " + poller + "; HTTP by its full server, package web; WebSocket by web/websocket",
		Works: []Work{TCP, UDP, TLS, HTTP, HTTP2, Site, HTTPS, WS, WSRoom},
		Why: func() string {
			if names := reactor.Pollers(); !slices.Contains(names, poller) {
				return fmt.Sprintf("there is no poller %s here, only %s", poller, strings.Join(names, ", "))
			}
			return ""
		},
		messages: true,
		start:    func(s Spec) (string, error) { return startTorsion(s, poller) },
	}
}

const torsionKeep = "torsion-keep"

// keeping is our engine as it is by default: each request has a Request of its own.
func keeping() Engine {
	e := torsion(torsionKeep, "epoll")
	e.About, e.Works, e.messages = "torsion without web.Config.ReuseRequests", []Work{HTTP, Site}, false
	return e
}

func startTorsion(s Spec, poller string) (string, error) {
	r, err := reactor.New(reactor.Config{Poller: poller, Loops: s.Loops, SpinWait: s.Spin, MaxConnections: 1 << 20})
	if err != nil {
		return "", err
	}
	addr, err := listenTorsion(r, s)
	if err != nil {
		return "", err
	}
	go r.Run(context.Background()) // runs to the end of the process
	return addr, nil
}

func listenTorsion(r *reactor.Reactor, s Spec) (string, error) {
	if s.Work == UDP {
		p, err := r.ListenUDP("127.0.0.1:0", torsionDatagrams{}, reactor.PacketOptions{})
		if err != nil {
			return "", err
		}
		return p.LocalAddr().String(), nil
	}
	f, err := torsionFactory(s)
	if err != nil {
		return "", err
	}
	p, err := r.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{Backlog: 4096})
	if err != nil {
		return "", err
	}
	return p.Addr().String(), nil
}

func torsionFactory(s Spec) (protocol.Factory, error) {
	echo := protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { return torsionEcho{}, nil })
	switch {
	case s.Work == HTTP, s.Work == HTTP2:
		return torsionSite(s, web.Func(torsionHello)), nil
	case s.Work == WS, s.Work == WSRoom:
		return torsionSite(s, torsionWebSocket(s)), nil
	case s.Work.serves():
		root, err := torsionRoot(s.Dir)
		if err != nil || s.Work == Site {
			return torsionSite(s, root), err
		}
		cfg, err := serverTLS()
		if err != nil {
			return nil, err
		}
		return tlswrap.Server(tlswrap.Options{Config: cfg}, torsionSite(s, root))
	case s.Work == TLS:
		cfg, err := serverTLS()
		if err != nil {
			return nil, err
		}
		return tlswrap.Server(tlswrap.Options{Config: cfg}, echo)
	case s.PerMessage:
		return protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { return &torsionMessages{size: s.Size}, nil }), nil
	}
	return echo, nil
}

func torsionSite(s Spec, root web.Resource) *web.Site {
	return web.NewSite(root, web.Config{ReuseRequests: s.Engine != torsionKeep, Limits: web.Limits{Requests: 1 << 30}})
}

// torsionRoot is the root of a site.
func torsionRoot(dir string) (web.Resource, error) {
	files, err := static.Dir(dir, static.Config{})
	if err != nil {
		return nil, err
	}
	return web.LeafFunc(func(r *web.Request) {
		switch r.Path {
		case "/":
			torsionHello(r)
		case "/json":
			r.ResponseHeader().Set("Content-Type", "application/json")
			r.WriteString(JSON)
		case "/post":
			n := 0
			r.StreamBody(func(p []byte) { n += len(p) }, func(error) {
				r.ResponseHeader().Set("Content-Type", "text/plain")
				r.WriteString(strconv.Itoa(n))
			})
		default:
			files.Render(r)
		}
	}), nil
}

func torsionHello(r *web.Request) {
	r.ResponseHeader().Set("Content-Type", "text/plain")
	r.WriteString(Hello)
}

type torsionEcho struct{ protocol.Base }

// ConnectionMade turns Nagle's algorithm off, as the other engines do by default.
func (torsionEcho) ConnectionMade(t protocol.Transport) { noDelay(t) }

func noDelay(t protocol.Transport) {
	if tcp, ok := protocol.As[protocol.TCPTransport](t); ok {
		tcp.SetNoDelay(true)
	}
}

func (torsionEcho) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

// torsionMessages answers each message by a Write of its own.
type torsionMessages struct {
	protocol.Base
	size int
	part []byte
}

func (e *torsionMessages) ConnectionMade(t protocol.Transport) { noDelay(t) }

func (e *torsionMessages) DataReceived(t protocol.Transport, p []byte) {
	if len(e.part) > 0 {
		n := min(e.size-len(e.part), len(p))
		e.part, p = append(e.part, p[:n]...), p[n:]
		if len(e.part) < e.size {
			return
		}
		t.Write(e.part)
		e.part = e.part[:0]
	}
	for len(p) >= e.size {
		t.Write(p[:e.size])
		p = p[e.size:]
	}
	e.part = append(e.part, p...)
}

type torsionDatagrams struct{ protocol.DatagramBase }

func (torsionDatagrams) DatagramReceived(t protocol.DatagramTransport, p []byte, from protocol.Addr) {
	t.WriteTo(p, from) // one that finds no room is lost, as on a network
}
