// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"strconv"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/usage"
)

// webListen are the options that say where a web server listens: --listen, and twistd's older ones.
type webListen struct {
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
}

// check completes the list.
func (l *webListen) check() error {
	if l.portOpt.Given() {
		if _, err := strconv.ParseUint(l.port, 10, 16); err == nil {
			l.port = "tcp:" + l.port
		}
		l.listen = append(l.listen, l.port)
	}
	if l.httpsOpt.Given() {
		l.listen = append(l.listen, "tls:"+strconv.Itoa(l.https)+":cert="+endpoint.Quote(l.certificate)+":key="+endpoint.Quote(l.key))
	}
	for _, opt := range l.pairOpts {
		if opt.Given() && !l.httpsOpt.Given() {
			return usage.Errorf("--"+opt.Long, "is for --https; an endpoint has its own: --listen tls:8443:cert=FILE:key=FILE")
		}
	}
	if len(l.listen) == 0 {
		l.listen = []string{"tcp:8080"}
	}
	return nil
}
