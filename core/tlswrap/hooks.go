// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
)

// crypto/tls answers an error of GetConfigForClient with internal_error. These are the alerts that fit; wire.Write puts them in its place.
const (
	alertUnexpectedMessage     tls.AlertError = 10
	alertInternalError         tls.AlertError = 80
	alertUnrecognizedName      tls.AlertError = 112
	alertNoApplicationProtocol tls.AlertError = 120
)

// connKey is the context key under which the configuration's callbacks find the connection.
type connKey struct{}

// connOf returns the connection whose handshake ctx belongs to. nil if the callback is not run by one of ours.
func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}

// refuse makes err the end of the handshake and alert what the peer is told.
func refuse(ctx context.Context, alert tls.AlertError, err error) error {
	if c := connOf(ctx); c != nil && c.hs != nil {
		c.hs.alert = alert
	}
	return err
}

func (l *Layer) prepareServer(cfg *tls.Config) {
	choose := certificateChooser(cfg)
	if choose != nil {
		cfg.Certificates = nil
		cfg.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			cert, err := choose(hello)
			if c := connOf(hello.Context()); c != nil && err == nil {
				c.host = cert
			}
			return cert, err
		}
	}
	user := cfg.GetConfigForClient
	cfg.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		chosen, protos, pick := (*tls.Config)(nil), cfg.NextProtos, choose
		if user != nil {
			var err error
			if chosen, err = user(hello); err != nil {
				return nil, err
			}
			if chosen != nil {
				protos, pick = chosen.NextProtos, certificateChooser(chosen)
			}
		}
		// crypto/tls lets a client of http/1.1 only pass at a server of h2 only, as if it had offered nothing.
		offered := hello.SupportedProtos
		if l.opt.RequireALPN && (len(offered) == 0 || len(protos) == 0) || len(offered) > 0 && len(protos) > 0 && !overlap(offered, protos) {
			return nil, refuse(hello.Context(), alertNoApplicationProtocol, fmt.Errorf("no application protocol in common: the client offers %q", offered))
		}
		if l.opt.RequireServerName {
			if err := checkServerName(hello, pick); err != nil {
				return nil, refuse(hello.Context(), alertUnrecognizedName, err)
			}
		}
		return chosen, nil
	}
}

func (l *Layer) prepareClient(cfg *tls.Config) {
	if user, certs := cfg.GetClientCertificate, cfg.Certificates; user != nil || len(certs) > 0 {
		cfg.GetClientCertificate = func(req *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			cert, err := chooseClient(user, certs, req)
			if c := connOf(req.Context()); c != nil && err == nil && cert != nil && len(cert.Certificate) > 0 {
				c.host = cert
			}
			return cert, err
		}
	}
	if !l.opt.RequireALPN {
		return
	}
	user := cfg.VerifyConnection
	cfg.VerifyConnection = func(s tls.ConnectionState) error {
		if s.NegotiatedProtocol == "" {
			return errors.New("the server chose no application protocol")
		}
		if user != nil {
			return user(s)
		}
		return nil
	}
}

// certificateChooser returns crypto/tls's own way to choose a server's certificate as a function, or nil where cfg has none.
func certificateChooser(cfg *tls.Config) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	user, certs := cfg.GetCertificate, cfg.Certificates
	if user == nil && len(certs) == 0 {
		return nil
	}
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if user != nil && (len(certs) == 0 || hello.ServerName != "") {
			if cert, err := user(hello); cert != nil || err != nil {
				return cert, err
			}
		}
		if len(certs) == 0 {
			return nil, nil // crypto/tls answers with unrecognized_name
		}
		for i := range certs {
			if len(certs) == 1 || hello.SupportsCertificate(&certs[i]) == nil {
				return &certs[i], nil
			}
		}
		return &certs[0], nil
	}
}

func chooseClient(user func(*tls.CertificateRequestInfo) (*tls.Certificate, error), certs []tls.Certificate, req *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if user != nil {
		return user(req)
	}
	for i := range certs {
		if req.SupportsCertificate(&certs[i]) == nil {
			return &certs[i], nil
		}
	}
	return new(tls.Certificate), nil
}

func checkServerName(hello *tls.ClientHelloInfo, choose func(*tls.ClientHelloInfo) (*tls.Certificate, error)) error {
	if hello.ServerName == "" {
		return errors.New("the client sent no server name")
	}
	if choose == nil {
		return fmt.Errorf("no certificate for %q", hello.ServerName)
	}
	cert, err := choose(hello)
	if err != nil || cert == nil {
		return fmt.Errorf("no certificate for %q", hello.ServerName)
	}
	leaf, err := leafOf(cert)
	if err != nil {
		return err
	}
	return leaf.VerifyHostname(hello.ServerName)
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
