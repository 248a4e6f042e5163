// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Tlsecho is an echo server over TLS, with a certificate that it makes for itself.
//
// Usage: tlsecho [address], 127.0.0.1:8443 by default. Talk to it with:
//
//	openssl s_client -quiet -connect 127.0.0.1:8443
//
// With certificates in files an endpoint description is all that it takes: echoserver tls:8443:cert=cert.pem:key=key.pem.
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
)

type echo struct{ protocol.Base }

func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

func run(ctx context.Context, args []string, stdout io.Writer) error {
	key, err := certificate.GenerateKey()
	if err != nil {
		return err
	}
	own, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "localhost"}})
	if err != nil {
		return err
	}
	secure, err := tlswrap.Server(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{own.TLS()}}},
		protocol.ForProtocol(func() echo { return echo{} }))
	if err != nil {
		return err
	}
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		return err
	}
	port, err := r.ListenTCP(append(args, "127.0.0.1:8443")[0], secure, reactor.ListenOptions{})
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "listening on", port.Addr())
	return r.Run(ctx)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tlsecho: error:", err)
		os.Exit(1)
	}
}
