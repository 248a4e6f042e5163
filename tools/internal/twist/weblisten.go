// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/core/usage"
	"github.com/torsion-go/torsion/web/acme"
	"github.com/torsion-go/torsion/web/distrib"
)

// webListen are the options that say where a web server listens: --listen, and twistd's older ones, and --personal.
type webListen struct {
	acme              webACME
	personal          bool
	listen            []string
	port              string
	https             int
	certificate, key  string
	portOpt, httpsOpt *usage.Option
	pairOpts          [2]*usage.Option
}

func (l *webListen) declare(o *usage.Options) {
	declareListen(o, &l.listen).Default = "tcp:8080"
	l.certificate, l.key = "server.pem", "server.pem"
	l.portOpt = o.String(&l.port, "port", "", "the same as --listen tcp:PORT; an endpoint will do as well")
	l.portOpt.Metavar = "PORT"
	l.httpsOpt = o.Port(&l.https, "https", "", "the same as --listen tls:PORT:cert=CERTIFICATE:key=PRIVKEY")
	l.httpsOpt.Default = ""
	l.pairOpts[0] = o.String(&l.certificate, "certificate", "", "for --https")
	l.pairOpts[1] = o.String(&l.key, "privkey", "", "for --https")
	for _, opt := range l.pairOpts {
		opt.Complete = usage.Files
	}
	o.Flag(&l.personal, "personal", "", "publish to the server in front that has --user: at ~/"+distrib.SocketName+", or where --listen says")
}

// check completes the list.
func (l *webListen) check() error {
	if l.portOpt.Given() {
		if _, err := strconv.ParseUint(l.port, 10, 16); err == nil {
			l.port = "tcp:" + l.port
		}
		l.listen = append(l.listen, l.port)
	}
	if l.httpsOpt.Given() && len(l.acme.hosts) > 0 {
		for _, opt := range l.pairOpts {
			if opt.Given() {
				return usage.Errorf("--"+opt.Long, "and --acme are two certificates for --https: leave either away, or say --listen tls:8443:cert=FILE:key=FILE for a port of its own")
			}
		}
		l.listen = append(l.listen, "tls:"+strconv.Itoa(l.https))
	} else if l.httpsOpt.Given() {
		l.listen = append(l.listen, "tls:"+strconv.Itoa(l.https)+":cert="+endpoint.Quote(l.certificate)+":key="+endpoint.Quote(l.key))
	}
	for _, opt := range l.pairOpts {
		if opt.Given() && !l.httpsOpt.Given() {
			return usage.Errorf("--"+opt.Long, "is for --https; an endpoint has its own: --listen tls:8443:cert=FILE:key=FILE")
		}
	}
	if len(l.listen) == 0 && !l.personal {
		l.listen = []string{"tcp:8080"}
	}
	return l.acme.check(l.listen)
}

// serve has the site served wherever the options say. certs and p are nil without --acme and --personal.
func (l *webListen) serve(m *service.Multi, env *app.Env, f protocol.Factory, certs *acme.Manager, p *distrib.Publisher) error {
	if p != nil && len(l.listen) == 0 {
		return serve(m, env, "web", "--personal", []endpoint.Server{p.Server(env.Reactor)}, f)
	}
	g := endpoints()
	err := addServers(m, env, "web", l.listen, f, func(description string) (endpoint.Server, error) {
		if certs == nil || !wantsCertificate(description) {
			return g.ServerFromString(env.Reactor, description)
		}
		var protos []string
		if a, ok := protocol.As[protocol.ALPNFactory](f); ok {
			protos = a.AcceptableProtocols()
		}
		layer, err := tlswrap.NewServer(tlswrap.Options{Config: certs.TLSConfig(protos...), RequireServerName: true, Logger: env.Log})
		if err != nil {
			return nil, err
		}
		inner, err := g.ServerFromString(env.Reactor, "tcp"+strings.TrimPrefix(description, "tls"))
		return &endpoint.TLSServer{Inner: inner, Layer: layer}, err
	})
	if err != nil || certs == nil {
		return err
	}
	return m.Add("acme", certs) // behind the ports, which the authority calls
}
